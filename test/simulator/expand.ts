import type { StripeObject } from './objects';
import type { Reply } from './route';
import type { World } from './world';

/** Replaces ids by their objects where `expand[]` asks for it: Stripe's "Expanding objects". Changes a copy. */
export function expanded(reply: Reply, paths: readonly string[], world: World): Reply {
	if (paths.length === 0) return reply;
	const copy = structuredClone(reply) as Record<string, unknown>;
	for (const path of paths) expandAt(copy, path.split('.'), world);
	return copy;
}

function expandAt(here: unknown, path: readonly string[], world: World): void {
	const [field, ...below] = path;
	if (field === undefined || typeof here !== 'object' || here === null) return;
	if (Array.isArray(here)) {
		for (const entry of here) expandAt(entry, path, world);
		return;
	}
	if (!Object.hasOwn(here, field)) return;
	const holder = here as Record<string, unknown>;
	const value = holder[field];
	if (typeof value === 'string') holder[field] = structuredClone(findAnywhere(world, value)) ?? value;
	expandAt(holder[field], below, world);
}

function findAnywhere(world: World, id: string): StripeObject | undefined {
	return (
		world.customers.find(id) ??
		world.charges.find(id) ??
		world.paymentIntents.find(id) ??
		world.refunds.find(id)
	);
}
