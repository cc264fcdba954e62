import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

export class StripeIdempotentApi implements ICredentialType {
	name = 'stripeIdempotentApi';

	displayName = 'Stripe Idempotent API';

	icon: Icon = {
		light: 'file:../nodes/StripeIdempotent/stripeIdempotent.svg',
		dark: 'file:../nodes/StripeIdempotent/stripeIdempotent.dark.svg',
	};

	documentationUrl = 'https://docs.stripe.com/keys';

	properties: INodeProperties[] = [
		{
			displayName: 'Secret Key',
			name: 'secretKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			placeholder: 'e.g. rk_live_…',
			description:
				'Secret key (sk_…) or, better, a restricted key (rk_…) that may do only what the workflow needs',
		},
		{
			displayName: 'Account ID',
			name: 'accountId',
			type: 'string',
			default: '',
			placeholder: 'e.g. acct_1032D82eZvKYlo2C',
			description:
				'Keeps two Stripe accounts in one ledger apart. If empty, the node asks Stripe, which a restricted key may lack the permission for.',
		},
		{
			displayName: 'Webhook Secret',
			name: 'webhookSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			placeholder: 'e.g. whsec_…',
			description:
				'Signing secret (whsec_…) of a webhook endpoint that you made yourself in Stripe. Several, e.g. while one is rolled, are separated by commas. An endpoint that the trigger makes needs none.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'https://api.stripe.com',
			description:
				'Where the API is. A live key is sent to https://api.stripe.com only; elsewhere it must be https, except on this machine.',
		},
		{
			displayName: 'HMAC Secret (Optional)',
			name: 'keySecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description:
				'A long random text of your own, never a key of Stripe. Only if order numbers must not be guessable from idempotency keys. Set it before the first payment: a ledger that was begun with another one refuses it.',
		},
	];
}
