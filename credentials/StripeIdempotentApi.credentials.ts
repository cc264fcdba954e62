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
				'Secret key (sk_…) or, better, a restricted key (rk_…) with only the permissions the workflow needs',
		},
		{
			displayName: 'Account ID',
			name: 'accountId',
			type: 'string',
			default: '',
			placeholder: 'e.g. acct_1032D82eZvKYlo2C',
			description:
				'Keeps two Stripe accounts in one ledger apart. If empty, the node asks Stripe; restricted keys may lack that permission.',
		},
		{
			displayName: 'Webhook Secret',
			name: 'webhookSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			placeholder: 'e.g. whsec_…',
			description:
				'Signing secret (whsec_…) of a webhook endpoint that you created in Stripe. Separate several with commas, e.g. while rolling one. Not needed for endpoints created automatically by the trigger.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'https://api.stripe.com',
			description:
				'Address of the API. Live keys are sent only to https://api.stripe.com. Other addresses must use https, except on this machine.',
		},
		{
			displayName: 'Require Token',
			name: 'requireReservation',
			type: 'boolean',
			default: false,
			description:
				'Whether everything that changes something needs a token of the Idempotency Registry, whatever the options of a node say. Switch it on for a credential that AI agents use, also in workflows that an agent calls.',
		},
		{
			displayName: 'HMAC Secret (Optional)',
			name: 'keySecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description:
				'Optional. Set only if order numbers must not be guessable from keys. A long random text of your own, never a Stripe key. Set it before the first payment: a ledger started with a different one refuses it.',
		},
	];
}
