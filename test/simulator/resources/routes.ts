import { unknownUrl } from '../errors';
import { matchPath, type Route } from '../route';
import { accountRoutes } from './account';
import { anythingRoutes } from './anything';
import { balanceRoutes } from './balance';
import { invoiceItemRoutes } from './billing/invoiceItems';
import { invoiceRoutes } from './billing/invoices';
import { quoteRoutes } from './billing/quotes';
import { scheduleRoutes } from './billing/schedules';
import { subscriptionRoutes } from './billing/subscriptions';
import { chargeRoutes } from './charges';
import { creditGrantRoutes } from './creditGrants';
import { creditNoteRoutes } from './creditNotes';
import { customerBalanceRoutes } from './customerBalance';
import { customerRoutes } from './customers';
import { disputeRoutes } from './disputes';
import { eventRoutes } from './events';
import { checkoutRoutes } from './catalogue/checkout';
import { methodRoutes } from './catalogue/methods';
import { setupIntentRoutes } from './catalogue/setupIntents';
import { discountRoutes } from './catalogue/discounts';
import { priceRoutes } from './catalogue/prices';
import { productRoutes } from './catalogue/products';
import { taxRateRoutes } from './catalogue/taxRates';
import { meterRoutes } from './meters';
import { paymentIntentRoutes } from './paymentIntents';
import { payoutRoutes } from './payouts';
import { refundRoutes } from './refunds';
import { topUpRoutes } from './topUps';
import { transferRoutes } from './transfers';
import { webhookEndpointRoutes } from './webhookEndpoints';

/** Every endpoint. The first match answers, so the fallback for unknown endpoints comes last. */
const ROUTES: readonly Route[] = [
	...paymentIntentRoutes,
	...chargeRoutes,
	...refundRoutes,
	...customerRoutes,
	...subscriptionRoutes,
	...invoiceRoutes,
	...invoiceItemRoutes,
	...quoteRoutes,
	...scheduleRoutes,
	...eventRoutes,
	...accountRoutes,
	...balanceRoutes,
	...creditGrantRoutes,
	...creditNoteRoutes,
	...customerBalanceRoutes,
	...disputeRoutes,
	...meterRoutes,
	...payoutRoutes,
	...topUpRoutes,
	...transferRoutes,
	...webhookEndpointRoutes,
	...checkoutRoutes,
	...discountRoutes,
	...methodRoutes,
	...setupIntentRoutes,
	...priceRoutes,
	...productRoutes,
	...taxRateRoutes,
	...anythingRoutes,
];

/** Throws Stripe's 404 for an unknown URL. */
export function routeFor(method: string, path: string): { route: Route; at: Record<string, string> } {
	for (const route of ROUTES) {
		const at = route.method === method ? matchPath(route.path, path) : undefined;
		if (at !== undefined) return { route, at };
	}
	throw unknownUrl(method, path);
}
