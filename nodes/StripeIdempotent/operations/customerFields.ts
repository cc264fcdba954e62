import { markDescribing } from '../../shared/parameters/describing';
import {
	buildProseProperty,
	buildTextProperty,
	metadata,
	otherParameters,
} from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import {
	buildChoiceProperty,
	buildCommaListProperty,
	buildCountProperty,
} from '../../shared/parameters/typedFields';
import { buildAddress, buildShipping } from './address';

export const email = buildTextProperty('Email', 'email', { placeholder: 'e.g. name@email.com' });
const MAX_BALANCE = 99_999_999;

const invoicePaymentMethod = buildTextProperty('Default Payment Method', 'invoicePaymentMethod', {
	placeholder: 'e.g. pm_1MqLiJLkdIwHu7ixUEgbFdYF',
	description: 'What invoices and subscriptions are paid with',
});

const savedPaymentMethod = {
	...buildPicker('paymentMethod', {
		displayName: invoicePaymentMethod.displayName,
		required: false,
		description: invoicePaymentMethod.description,
	}),
	name: invoicePaymentMethod.name,
};

/** Fields for creating and updating a customer. */
export const customerFields = [
	buildProseProperty('Description', 'description', { placeholder: 'e.g. Wholesale' }),
	markDescribing(email),
	metadata,
	buildProseProperty('Name', 'name', { placeholder: 'e.g. Nathan Smith' }),
	otherParameters,
	buildProseProperty('Phone', 'phone', { placeholder: 'e.g. +49 30 1234567' }),
	buildAddress(),
	buildCountProperty(
		'Balance (Minor Unit)',
		'balance',
		{ minValue: -MAX_BALANCE, maxValue: MAX_BALANCE },
		{
			default: 0,
			description:
				'In cents; replaces the current balance. If negative, the customer has a credit for the next invoice. To add to the balance, use Customer Balance → Adjust.',
		},
	),
	invoicePaymentMethod,
	buildProseProperty('Invoice Footer', 'invoiceFooter', { placeholder: 'e.g. Thank you' }),
	buildTextProperty('Invoice Prefix', 'invoicePrefix', {
		placeholder: 'e.g. ACME',
		description: 'What the invoice numbers begin with: 3 to 12 capital letters or digits',
	}),
	buildCommaListProperty('Preferred Locales', 'preferredLocales', { placeholder: 'e.g. de,en' }),
	buildShipping(),
	buildChoiceProperty(
		'Tax Exempt',
		'taxExempt',
		{
			Exempt: 'exempt',
			None: 'none',
			'Reverse Charge': 'reverse',
		},
		{ default: 'none' },
	),
];

/** The same fields for an existing customer, whose saved objects can be selected. */
export const knownCustomerFields = customerFields.map((field) =>
	field === invoicePaymentMethod ? savedPaymentMethod : field,
);
