import type { SimulatedObject } from './objects';
import type { RouteResult } from './route';
import type { StripeState } from './world';

/** Replaces ids by their objects where `expand[]` asks for it: Stripe's "Expanding objects". Changes a copy. */
export function expanded(reply: RouteResult, paths: readonly string[], state: StripeState): RouteResult {
	if (paths.length === 0) return reply;
	const copy = structuredClone(reply) as Record<string, unknown>;
	for (const path of paths) expandAt(copy, path.split('.'), state);
	return copy;
}

function expandAt(here: unknown, path: readonly string[], state: StripeState): void {
	const [field, ...below] = path;
	if (field === undefined || typeof here !== 'object' || here === null) return;
	if (Array.isArray(here)) {
		for (const entry of here) expandAt(entry, path, state);
		return;
	}
	if (!Object.hasOwn(here, field)) return;
	const holder = here as Record<string, unknown>;
	const value = holder[field];
	if (typeof value === 'string') holder[field] = structuredClone(findAnywhere(state, value)) ?? value;
	expandAt(holder[field], below, state);
}

function findAnywhere(state: StripeState, id: string): SimulatedObject | undefined {
	return (
		state.customers.find(id) ??
		state.charges.find(id) ??
		state.paymentIntents.find(id) ??
		state.refunds.find(id) ??
		state.findOther(id)
	);
}
