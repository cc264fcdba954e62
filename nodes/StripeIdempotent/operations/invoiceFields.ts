import { markDescribing } from '../../shared/parameters/describing';
import { buildProseProperty, buildTextProperty } from '../../shared/parameters/fields';
import { buildRowsProperty, buildTimeProperty } from '../../shared/parameters/typedFields';
import {
	automaticTax,
	defaultPaymentMethod,
	defaultTaxRates,
	discounts,
	statementDescriptor,
} from './billing';

/** Fields that can be changed while an invoice is a draft. */
export const draftFields = [
	automaticTax,
	markDescribing(
		buildRowsProperty('Custom Fields', 'customFields', [
			buildTextProperty('Name', 'name'),
			buildTextProperty('Value', 'value'),
		]),
	),
	defaultPaymentMethod,
	defaultTaxRates,
	buildProseProperty('Description', 'description', { placeholder: 'e.g. Thank you for your order' }),
	discounts,
	buildTimeProperty('Due Date', 'dueDate', 'Instead of Days Until Due'),
	buildProseProperty('Footer', 'footer'),
	buildTextProperty('Number', 'number', {
		placeholder: 'e.g. INV-1001',
		description: 'If empty, Stripe numbers the invoice when it is finalized',
	}),
	statementDescriptor,
];
