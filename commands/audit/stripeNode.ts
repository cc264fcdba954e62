import type { Values } from '../../nodes/shared/parameters/values';
import { isRecord } from '../../nodes/shared/parameters/values';
import type { ExportedNode } from './exportedWorkflow';
import { isOfType, readRows } from './exportedWorkflow';
import type { Branch, Tree } from './jsonTree';

export const STRIPE_NODE = 'n8n-nodes-base.stripe';

/** A request of n8n's own Stripe node. Texts are kept as they are written in the node. */
export interface StripeNodeRequest {
	path: readonly string[];
	params: Tree;
	/** Why our node cannot replace it. */
	obstacle?: string;
}

/**
 * The operations of n8n's Stripe node that write. All others read, delete, set descriptive text, or create a token that pays
 * nothing.
 */
const WRITES = {
	'charge.create': (p) => ({
		path: ['charges'],
		params: {
			customer: leaf(p.customerId),
			currency: leaf(p.currency),
			amount: leaf(p.amount),
			source: leaf(p.source),
			...readMore(p.additionalFields),
		},
	}),
	'coupon.create': (p) => ({
		path: ['coupons'],
		params: {
			duration: leaf(p.duration ?? 'once'),
			...(p.type === 'fixedAmount'
				? { amount_off: leaf(p.amountOff), currency: leaf(p.currency) }
				: { percent_off: leaf(p.percentOff ?? 1) }),
		},
	}),
	'customer.create': (p) => ({
		path: ['customers'],
		params: { name: leaf(p.name), ...readMore(p.additionalFields) },
	}),
	'customerCard.add': (p) => ({
		path: ['customers', toText(p.customerId), 'sources'],
		params: { source: leaf(p.token) },
	}),
	'meterEvent.create': (p) => ({
		path: ['billing', 'meter_events'],
		params: {
			event_name: leaf(p.eventName),
			payload: {
				...readPairs(
					isRecord(p.additionalFields) ? p.additionalFields.customPayload : undefined,
					'properties',
				),
				stripe_customer_id: leaf(p.customerId),
				value: leaf(p.value ?? 1),
			},
			...readMeterFields(p.additionalFields),
		},
	}),
	'source.create': (p) => ({
		path: ['sources'],
		params: {
			type: leaf(p.type ?? 'wechat'),
			amount: leaf(p.amount),
			currency: leaf(p.currency),
			...readMore(p.additionalFields),
		},
		obstacle: 'it makes two requests: it creates the source, and attaches it to the customer',
	}),
} satisfies Record<string, (parameters: Values) => StripeNodeRequest>;

const writes: ReadonlyMap<string, (parameters: Values) => StripeNodeRequest> = new Map(
	Object.entries(WRITES),
);

/** The default operation of each resource, which the editor omits from the file. */
const FIRST_OPERATIONS: ReadonlyMap<string, string> = new Map([
	['coupon', 'create'],
	['meterEvent', 'create'],
	['token', 'create'],
]);

/** Recognizes operations that write nothing by name, including those of later versions of the node. */
const NO_WRITES = /^(?:get|getAll|getMany|list|search|retrieve|update|delete|remove)$/;

/** @returns undefined if nothing is created */
export function readStripeNode(node: ExportedNode): StripeNodeRequest | undefined {
	if (!isOfType(node, STRIPE_NODE)) return undefined;
	const resource = toText(node.parameters.resource ?? 'balance');
	const operation = toText(node.parameters.operation ?? FIRST_OPERATIONS.get(resource) ?? 'get');
	const known = writes.get(`${resource}.${operation}`)?.(node.parameters);
	if (known || NO_WRITES.test(operation) || `${resource}.${operation}` === 'token.create') return known;
	return { path: [], params: {}, obstacle: `its operation "${operation}" of "${resource}" is not known` };
}

function toText(value: unknown): string {
	return typeof value === 'string' ? value : JSON.stringify(value ?? '');
}

function leaf(value: unknown): Branch {
	return (value ?? '') as Branch;
}

/** Reads Additional Fields, with addresses and metadata in the form of Stripe's API. */
function readMore(fields: unknown): Tree {
	if (!isRecord(fields)) return {};
	const { metadata, address, shipping, ...others } = fields;
	const [shippingRow] = readRows(shipping, 'shippingProperties');
	const { address: shippingAddress, ...recipient } = shippingRow ?? {};
	return omitEmpty({
		...(others as Tree),
		address: readDetails(address),
		shipping: { ...(recipient as Tree), address: readDetails(shippingAddress) },
		metadata: readPairs(metadata, 'metadataProperties'),
	});
}

function readDetails(address: unknown): Tree {
	return isRecord(address) && isRecord(address.details) ? (address.details as Tree) : {};
}

function readPairs(collection: unknown, name: string): Tree {
	return Object.fromEntries(readRows(collection, name).map(({ key, value }) => [toText(key), leaf(value)]));
}

function readMeterFields(fields: unknown): Tree {
	if (!isRecord(fields)) return {};
	return omitEmpty({ identifier: leaf(fields.identifier), timestamp: leaf(fields.timestamp) });
}

/** Empty fields are not sent. */
export function omitEmpty(tree: Tree): Tree {
	const filled = Object.entries(tree)
		.map(([name, value]): [string, Branch] => [name, isRecord(value) ? omitEmpty(value) : value])
		.filter(([, value]) => value !== '' && !(isRecord(value) && Object.keys(value).length === 0));
	return Object.fromEntries(filled);
}
