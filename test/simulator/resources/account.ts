import { noSuch } from '../errors';
import { moneyReport } from '../money';
import { ALWAYS_ALLOWED, type Call, type RouteResult, type Route } from '../route';

export const accountRoutes: readonly Route[] = [
	{
		method: 'GET',
		path: '/v1/account',
		parameters: ALWAYS_ALLOWED,
		prepare: (call) => () => account(call),
	},
	{
		method: 'GET',
		path: '/v1/accounts/:id',
		parameters: ALWAYS_ALLOWED,
		prepare: (call) => {
			if (call.at.id !== call.world.account) throw noSuch('account', call.at.id ?? '', 'account');
			return () => account(call);
		},
	},
	{
		method: 'GET',
		path: '/v1/balance',
		parameters: ALWAYS_ALLOWED,
		prepare: (call) => () => balance(call),
	},
];

function account(call: Call): RouteResult {
	return {
		id: call.world.account,
		object: 'account',
		business_profile: { mcc: null, name: 'Simulated Shop', support_email: null, url: null },
		business_type: null,
		capabilities: { card_payments: 'active', transfers: 'active' },
		charges_enabled: true,
		country: 'US',
		default_currency: 'usd',
		details_submitted: true,
		email: 'shop@example.com',
		metadata: {},
		payouts_enabled: true,
		settings: { dashboard: { display_name: 'Simulated Shop', timezone: 'Etc/UTC' } },
		type: 'standard',
	};
}

function balance(call: Call): RouteResult {
	const { moved } = moneyReport([call.world]);
	const available = Object.entries(moved).map(([currency, amount]) => ({
		amount,
		currency,
		source_types: { card: amount },
	}));
	return { object: 'balance', available, livemode: call.world.livemode, pending: [] };
}
