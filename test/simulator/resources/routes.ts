import { unknownUrl } from '../errors';
import { matchPath, type Route } from '../route';
import { accountRoutes } from './account';
import { anythingRoutes } from './anything';
import { chargeRoutes } from './charges';
import { customerRoutes } from './customers';
import { eventRoutes } from './events';
import { paymentIntentRoutes } from './paymentIntents';
import { refundRoutes } from './refunds';
import { webhookEndpointRoutes } from './webhookEndpoints';

/** Every endpoint; the first that fits answers, so the stand-in for unknown ones comes last. */
const ROUTES: readonly Route[] = [
	...paymentIntentRoutes,
	...chargeRoutes,
	...refundRoutes,
	...customerRoutes,
	...eventRoutes,
	...accountRoutes,
	...webhookEndpointRoutes,
	...anythingRoutes,
];

/** Throws Stripe's 404 for a URL it does not know. */
export function routeFor(method: string, path: string): { route: Route; at: Record<string, string> } {
	for (const route of ROUTES) {
		const at = route.method === method ? matchPath(route.path, path) : undefined;
		if (at !== undefined) return { route, at };
	}
	throw unknownUrl(method, path);
}
