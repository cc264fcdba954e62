/** The fields that a person asks for first, per kind of Stripe object; at most ten. */
const MAIN_FIELDS = new Map<unknown, readonly string[]>(
	Object.entries({
		charge: [
			'id',
			'object',
			'status',
			'amount',
			'amount_refunded',
			'currency',
			'customer',
			'payment_intent',
			'created',
			'metadata',
		],
		customer: ['id', 'object', 'email', 'name', 'phone', 'description', 'deleted', 'created', 'metadata'],
		payment_intent: [
			'id',
			'object',
			'status',
			'amount',
			'amount_received',
			'currency',
			'customer',
			'latest_charge',
			'created',
			'metadata',
		],
		refund: [
			'id',
			'object',
			'status',
			'amount',
			'currency',
			'charge',
			'payment_intent',
			'reason',
			'created',
			'metadata',
		],
	}),
);

/**
 * An object of a kind that is not in the table stays whole.
 *
 * @param expanded the references that were asked for as whole objects: they stay, too
 */
export function simplify(
	object: Record<string, unknown>,
	expanded: readonly string[] = [],
): Record<string, unknown> {
	const fields = MAIN_FIELDS.get(object.object);
	if (!fields) return object;
	// Where the customer has to do something, that is what the workflow goes on with.
	const next = object.next_action ? ['next_action'] : [];
	const names = new Set([...fields, ...next, ...expanded.map((path) => path.split('.')[0] ?? path)]);
	return Object.fromEntries(
		[...names].flatMap((name) => (Object.hasOwn(object, name) ? [[name, object[name]]] : [])),
	);
}
