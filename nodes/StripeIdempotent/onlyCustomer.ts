import type { ClaimDecision } from '../../ledger/rules/claim';
import type { Param, Params } from '../../ledger/model/request';
import { getObjectPath, parseTarget } from '../../stripe/objects/collections';
import type { StripeObject } from '../../stripe/objects/stripeObject';
import { isObject, readReference } from '../../stripe/objects/stripeObject';
import { isEntryOf, ONLY_CUSTOMER } from '../shared/parameters/onlyCustomer';
import { ItemError } from '../shared/run/error';
import type { StripeOperation } from './operations/operation';

type Get = (path: string) => Promise<StripeObject>;

/** A request, and the customer that it is limited to. */
interface LimitedRequest {
	path: string;
	params: Params;
	options: { onlyCustomer?: string };
}

/** Kinds of objects that belong to the seller, so that every customer may see them. */
const CATALOG: ReadonlySet<unknown> = new Set([
	'coupon',
	'payment_link',
	'price',
	'product',
	'shipping_rate',
	'tax_rate',
]);

const CATALOG_LISTS =
	/^\/v1\/(?:coupons|payment_links|prices|products|shipping_rates|tax_rates)(?:\/search)?$/;

/** Lists, and searches, that Stripe filters by customer (docs.stripe.com/api, docs.stripe.com/search#query-fields-and-syntax). */
const LISTS_BY_CUSTOMER =
	/^\/v1\/(?:charges|checkout\/sessions|credit_notes|invoiceitems|invoices|payment_intents|payment_methods|quotes|setup_intents|subscription_schedules|subscriptions)$/;
const SEARCHES_BY_CUSTOMER = /^\/v1\/(?:charges|invoices|payment_intents|subscriptions)\/search$/;

/** The collections whose objects a parameter of this name refers to. */
const REFERENCES: Readonly<Record<string, string>> = {
	charge: '/v1/charges',
	invoice: '/v1/invoices',
	payment_intent: '/v1/payment_intents',
	subscription: '/v1/subscriptions',
};

/**
 * Limits what a request may name and list to one customer. The objects that it reads or changes are checked separately.
 *
 * @throws ItemError if it names another customer, or cannot be limited to one
 */
export function limitToCustomer<R extends LimitedRequest>(operation: StripeOperation, request: R): R {
	const { onlyCustomer: customer } = request.options;
	if (customer === undefined) return request;
	if (operation.kind === 'report' || namesOther(request.params, customer)) throw buildOtherCustomerError();
	const { path, params } = request;
	const isWhole = isBelow(path, customer) || getParentPath(path) !== undefined || CATALOG_LISTS.test(path);
	if ((operation.kind !== 'list' && operation.kind !== 'search') || isWhole) return request;
	if (LISTS_BY_CUSTOMER.test(path)) return { ...request, params: { ...params, customer } };
	const { query } = params;
	if (!SEARCHES_BY_CUSTOMER.test(path) || typeof query !== 'string') throw buildOtherCustomerError();
	return { ...request, params: { ...params, query: `${query} AND customer:"${customer}"` } };
}

function namesOther(param: Param, customer: string): boolean {
	if (typeof param === 'string') return /^cus_\w+$/.test(param) && param !== customer;
	return Object.entries(param).some(
		([name, value]) =>
			name === 'customer_account' ||
			(name === 'customer' && value !== customer) ||
			namesOther(value, customer),
	);
}

function isBelow(path: string, customer: string): boolean {
	return `${path}/`.startsWith(`/v1/customers/${encodeURIComponent(customer)}/`);
}

/** Returns the path of the object that a list belongs to: `/v1/invoices/in_1` for `/v1/invoices/in_1/lines`. */
function getParentPath(path: string): string | undefined {
	const parent = path.slice(0, path.lastIndexOf('/'));
	const target = parseTarget(parent);
	return target?.id === undefined || target.action !== undefined ? undefined : getObjectPath(target);
}

/**
 * Checks that what Stripe returned belongs to the customer.
 *
 * @param get reads an object that the result only refers to
 * @throws ItemError otherwise, without showing anything of it
 */
export async function refuseOtherObjects(
	{ path, params, options }: LimitedRequest,
	objects: readonly StripeObject[],
	get: Get,
): Promise<void> {
	const { onlyCustomer: customer } = options;
	if (customer === undefined || isBelow(path, customer)) return;
	const parent = getParentPath(path);
	if (parent !== undefined) {
		if (await belongsTo(await get(parent), customer, get)) return;
		throw buildOtherCustomerError();
	}
	for (const object of objects) {
		const listed = object.object === 'list' || object.object === 'search_result' ? object.data : [object];
		// An empty result reveals something too, unless the query was limited to the customer.
		if (!Array.isArray(listed) || (listed.length === 0 && params.customer !== customer))
			throw buildOtherCustomerError();
		for (const one of listed) if (!(await mayShow(one, customer, get))) throw buildOtherCustomerError();
	}
}

async function mayShow(object: unknown, customer: string, get: Get): Promise<boolean> {
	if (!isObject(object)) return false;
	return CATALOG.has(object.object) || belongsTo(object, customer, get);
}

/**
 * Checks that what a request creates or changes belongs to the customer.
 *
 * @throws ItemError otherwise, or if that is not certain
 */
export async function refuseOtherTarget({ path, params, options }: LimitedRequest, get: Get): Promise<void> {
	const { onlyCustomer: customer } = options;
	if (customer === undefined || isBelow(path, customer)) return;
	const target = parseTarget(path);
	const changed = target && getObjectPath(target);
	if (!target) throw buildOtherCustomerError();
	const named = [...(changed === undefined ? [] : [changed]), ...listReferences(params)];
	for (const object of named)
		if (!(await belongsTo(await get(object), customer, get))) throw buildOtherCustomerError();
	if (named.length === 0 && params.customer !== customer) throw buildOtherCustomerError();
}

/**
 * Checks that a conflict tells nothing of another customer's entry.
 *
 * @throws ItemError
 */
export function refuseOtherConflict(claim: ClaimDecision, customer: string | undefined): void {
	if (claim.kind === 'conflict' && !isEntryOf(claim.entry, customer)) throw buildOtherCustomerError();
}

function listReferences(params: StripeObject | Params): string[] {
	return Object.entries(REFERENCES).flatMap(([name, collection]) => {
		const id = readReference(params[name]);
		return id === undefined ? [] : [`${collection}/${encodeURIComponent(id)}`];
	});
}

/** An object without a customer of its own, such as a refund or a dispute, belongs to the customer of its payment. */
async function belongsTo(object: StripeObject, customer: string, get: Get): Promise<boolean> {
	if (object.object === 'customer') return object.id === customer;
	const owner = readReference(object.customer);
	if (owner !== undefined) return owner === customer;
	const [payment] = object.object === 'charge' ? [] : listReferences(object);
	return payment !== undefined && belongsTo(await get(payment), customer, get);
}

function buildOtherCustomerError(): ItemError {
	return new ItemError(
		ONLY_CUSTOMER,
		'allows one customer, and this is not certain to be about that one',
		'Use the IDs of that customer only. Lists are limited to that customer where Stripe can filter them; others cannot be read with this option.',
		'blocked',
		'request_mismatch',
	);
}
