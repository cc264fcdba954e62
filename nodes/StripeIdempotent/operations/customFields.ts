import type Stripe from 'stripe';

import type { Params } from '../../../ledger/model/request';
import { markDescribing } from '../../shared/parameters/describing';
import { buildTextProperty } from '../../shared/parameters/fields';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import {
	buildChoiceProperty,
	buildCommaListProperty,
	buildRowsProperty,
	buildSwitchProperty,
} from '../../shared/parameters/typedFields';
import type { Values } from '../../shared/parameters/values';
import { isRecord } from '../../shared/parameters/values';

/** Questions to customers on a payment page (docs.stripe.com/payments/checkout/custom-fields). */

type CustomField = Stripe.PaymentLinkCreateParams.CustomField;

const MAX_FIELDS = 3;

export const customFields = markDescribing(
	buildRowsProperty(
		'Custom Fields',
		'customFields',
		[
			buildTextProperty('Key', 'key', {
				placeholder: 'e.g. size',
				description: 'Your name for the answer: letters and digits',
			}),
			buildTextProperty('Label', 'fieldLabel', { placeholder: 'e.g. T-shirt size' }),
			buildChoiceProperty(
				'Type',
				'type',
				{ Dropdown: 'dropdown', Number: 'numeric', Text: 'text' },
				{ default: 'text' },
			),
			buildCommaListProperty('Choices', 'dropdownOptions', {
				placeholder: 'e.g. Small,Medium,Large',
				description: 'The choices of a dropdown: letters and digits only, separated by commas',
			}),
			buildSwitchProperty('Optional', 'optional', 'Whether customers may leave it empty'),
		],
		{ description: `Up to ${MAX_FIELDS} questions on the payment page` },
	),
);

/** Converts the rows to Stripe's form. Values that are already in it are kept. */
export function completeCustomFields({ custom_fields: fields, ...others }: Values): Values {
	if (fields === undefined) return others;
	const complete = (field: unknown) => (isRecord(field) ? completeField(field) : field);
	return { ...others, custom_fields: Array.isArray(fields) ? fields.map(complete) : fields };
}

function completeField({ label, dropdown, ...field }: Values): Values {
	return checkParamNames<CustomField>({
		...field,
		label: isRecord(label) ? { type: 'custom', ...label } : label,
		dropdown:
			isRecord(dropdown) && Array.isArray(dropdown.options)
				? completeDropdown(dropdown.options)
				: dropdown,
	});
}

function completeDropdown(options: unknown[]): Values {
	const toOption = (option: unknown) => (isRecord(option) ? option : { label: option, value: option });
	return checkParamNames<NonNullable<CustomField['dropdown']>>({ options: options.map(toOption) });
}

/** @throws ItemError for a question that Stripe does not support */
export function refuseUnclearFields(read: ParameterReader, { custom_fields: fields }: Params): void {
	if (!Array.isArray(fields)) return;
	const fault =
		fields.length > MAX_FIELDS
			? `has ${fields.length} rows`
			: fields.map((field) => (isRecord(field) ? findFault(field) : undefined)).find(Boolean);
	if (fault === undefined) return;
	throw read.buildError(
		'additionalFields.customFields',
		fault,
		`Stripe takes up to ${MAX_FIELDS} questions, each with a key of letters and digits and a label, a dropdown also with choices.`,
	);
}

const PLAIN = /^[A-Za-z0-9]{1,200}$/;

function findFault({ key, label, type, dropdown }: Values): string | undefined {
	if (typeof key !== 'string' || !PLAIN.test(key))
		return 'has a row whose Key is empty or has other characters';
	if (!isRecord(label)) return `has no Label for "${key}"`;
	const options = isRecord(dropdown) && Array.isArray(dropdown.options) ? dropdown.options : [];
	if ((type === 'dropdown') !== options.length > 0)
		return type === 'dropdown'
			? `has no Choices for "${key}"`
			: `has Choices for "${key}", which is not a dropdown`;
	const hasOther = options.some((option) => isRecord(option) && !PLAIN.test(String(option.value)));
	return hasOther ? `has Choices for "${key}" with other characters` : undefined;
}
