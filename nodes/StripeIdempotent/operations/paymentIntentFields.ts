import { buildProseProperty, buildTextProperty } from '../../shared/parameters/fields';
import { keepName } from '../../shared/parameters/stripeParams';
import {
	buildChoiceProperty,
	buildCountProperty,
	buildSwitchProperty,
} from '../../shared/parameters/typedFields';
import { buildShipping } from './address';

export const description = buildProseProperty('Description', 'description', {
	placeholder: 'e.g. Order 1001',
});
export const intentStatus = buildChoiceProperty(
	'Status',
	'status',
	{
		Canceled: 'canceled',
		Processing: 'processing',
		'Requires Action': 'requires_action',
		'Requires Capture': 'requires_capture',
		'Requires Confirmation': 'requires_confirmation',
		'Requires Payment Method': 'requires_payment_method',
		Succeeded: 'succeeded',
	},
	{ default: 'succeeded' },
);
export const receiptEmail = buildProseProperty('Receipt Email', 'receiptEmail', {
	placeholder: 'e.g. name@email.com',
});
export const returnUrl = buildTextProperty('Return URL', 'returnUrl', {
	placeholder: 'e.g. https://example.com/thanks',
	description: 'Where the customer returns after a payment method that redirects to a different page',
});
export const paymentMethod = buildTextProperty('Payment Method', 'paymentMethod', {
	placeholder: 'e.g. pm_1MqLiJLkdIwHu7ixUEgbFdYF',
	description: 'ID of the payment method to charge',
});
export const confirmationToken = buildTextProperty('Confirmation Token', 'confirmationToken', {
	placeholder: 'e.g. ctoken_1NnQUf2eZvKYlo2CIObdtbnb',
	description: 'ID of the confirmation token created on your page, instead of Payment Method',
});
const offSession = keepName({
	displayName: 'Off Session',
	name: 'offSession',
	type: 'boolean',
	default: false,
	description: 'Whether the customer is absent and cannot confirm, as in a nightly invoice run',
});
const offSessionType = buildChoiceProperty(
	'Off Session Type',
	'offSessionType',
	{ 'One-Off': 'one_off', Recurring: 'recurring' },
	{ description: 'Instead of Off Session: whether the absent customer is charged once, or regularly' },
);
const errorOnRequiresAction = buildSwitchProperty(
	'Error on Requires Action',
	'errorOnRequiresAction',
	'Whether the payment fails if the customer would have to confirm it',
	{ default: true },
);
const mandate = buildTextProperty('Mandate', 'mandate', {
	placeholder: 'e.g. mandate_1MqLiJLkdIwHu7ixUEgbFdYF',
	description: "ID of the mandate: the customer's permission to be debited",
});
export const paymentMethodOptions = keepName({
	displayName: 'Payment Method Options (JSON)',
	name: 'paymentMethodOptions',
	type: 'json',
	default: '{}',
	description: 'By the type of the payment method, as in { "card": { "request_three_d_secure": "any" } }',
});
export const applicationFee = buildCountProperty(
	'Application Fee (Minor Unit)',
	'applicationFeeAmount',
	{ minValue: 0 },
	{ description: 'What your platform keeps, in cents, for payments to connected accounts' },
);
export const transferGroup = buildTextProperty('Transfer Group', 'transferGroup', {
	placeholder: 'e.g. ORDER_1001',
});
export const confirmFields = [
	errorOnRequiresAction,
	mandate,
	offSession,
	offSessionType,
	paymentMethodOptions,
	buildShipping(),
];

export const setupFutureUsage = keepName({
	displayName: 'Setup Future Usage',
	name: 'setupFutureUsage',
	type: 'options',
	options: [
		{ name: 'Off Session', value: 'off_session' },
		{ name: 'On Session', value: 'on_session' },
	],
	default: 'off_session',
	description: 'How the payment method will be used for later payments',
});
export const statementDescriptorSuffix = buildProseProperty(
	'Statement Descriptor Suffix',
	'statementDescriptorSuffix',
	{
		placeholder: 'e.g. ORDER 1001',
		description: "Text on the customer's bank statement, at most 22 characters",
	},
);
