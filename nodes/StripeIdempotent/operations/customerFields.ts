import { markDescribing } from '../../shared/parameters/describing';
import {
	buildProseProperty,
	buildTextProperty,
	metadata,
	otherParameters,
} from '../../shared/parameters/fields';
import { buildChoiceProperty, buildCommaListProperty } from '../../shared/parameters/typedFields';
import { buildAddress, buildShipping } from './address';

export const email = buildTextProperty('Email', 'email', { placeholder: 'e.g. name@email.com' });
/** What a customer is created and updated with alike. */
export const customerFields = [
	buildProseProperty('Description', 'description', { placeholder: 'e.g. Wholesale' }),
	markDescribing(email),
	metadata,
	buildProseProperty('Name', 'name', { placeholder: 'e.g. Nathan Smith' }),
	otherParameters,
	buildProseProperty('Phone', 'phone', { placeholder: 'e.g. +49 30 1234567' }),
	buildAddress(),
	buildTextProperty('Default Payment Method', 'invoicePaymentMethod', {
		placeholder: 'e.g. pm_1MqLiJLkdIwHu7ixUEgbFdYF',
		description: 'What invoices and subscriptions are paid with',
	}),
	buildProseProperty('Invoice Footer', 'invoiceFooter', { placeholder: 'e.g. Thank you' }),
	buildTextProperty('Invoice Prefix', 'invoicePrefix', {
		placeholder: 'e.g. ACME',
		description: 'With which the numbers of the invoices begin: 3 to 12 letters or digits',
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
