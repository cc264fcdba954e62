import type { TimeSource } from '../ledger/clock';
import type { Ledger } from '../ledger/ledger';
import type { Entry, Outcome } from '../ledger/model/entry';
import type { Params } from '../ledger/model/request';
import type { ReadRequest } from '../stripe/api/reads';
import { forEachPage } from '../stripe/api/reads';
import { buildObjectUrl } from '../stripe/objects/dashboardUrl';
import type { DuplicateGroup, DuplicateKind, DuplicateRule } from '../stripe/objects/duplicates';
import { DuplicateFinder, getDuplicateList } from '../stripe/objects/duplicates';
import { readEntryId } from '../stripe/objects/metadata';
import { formatAmount } from '../stripe/objects/money';
import type { StripeObject } from '../stripe/objects/stripeObject';
import { asText, readReference } from '../stripe/objects/stripeObject';

/** What to search for, and where. */
export interface DuplicateSearch extends DuplicateRule {
	kind: DuplicateKind;
}

/** One object of a group, with what people compare. */
interface ReportedObject {
	id: unknown;
	status: unknown;
	created: string;
	customer?: string;
	amount?: number;
	amountText?: string;
	paymentIntent?: string;
	isRefunded?: true;
	isDisputed?: true;
	/** Authorized only: no money has moved yet. */
	isUncaptured?: true;
	/** The part that was refunded, in the currency's minor unit. */
	amountRefunded?: number;
	dashboardUrl: string;
	/** Whether the ledger has an entry for it. If not, it was created elsewhere, or earlier. */
	isInLedger: boolean;
	entryId?: string;
	entryState?: Entry['state'];
	workflow?: string;
}

/** One group of duplicates. */
export interface DuplicateReport {
	/** A summary for people. */
	summary: string;
	object: 'duplicates';
	duplicatesOf: DuplicateKind;
	count: number;
	customer?: string;
	/** The amount of each object, in the currency's minor unit. */
	amount?: number;
	currency?: string;
	/** The one that should remain: the oldest without a problem, otherwise the oldest. */
	kept: ReportedObject;
	/** The other objects that still exist. */
	extras: ReportedObject[];
	/** Objects that have been refunded already. */
	refunded: ReportedObject[];
}

export interface DuplicateReports {
	reports: DuplicateReport[];
	/** How many objects were compared. */
	compared: number;
}

/**
 * Reads a whole list from Stripe and reports objects that look like one decision, executed twice. Changes nothing.
 *
 * @returns the outcome of a failed read, because half a list is not an answer
 * @throws StoreUnavailableError
 */
export async function findDuplicates(
	request: ReadRequest & { path: string; params: Params },
	{ kind, ...rule }: DuplicateSearch,
	ledger: Ledger,
	time: TimeSource,
): Promise<DuplicateReports | Outcome> {
	const finder = new DuplicateFinder(kind, rule);
	const { path } = request;
	const params = { ...request.params, ...getDuplicateList(kind).params };
	const question = { path, params, kind: 'list', limit: Infinity } as const;
	const failure = await forEachPage(request, question, time, (objects) => finder.addPage(objects));
	if (failure) return failure;
	const groups = finder.finish();
	const entries = await findEntries(
		groups.flatMap(({ members }) => members),
		ledger,
	);
	const report = (object: StripeObject) => describeObject(request, object, entries.get(object));
	return { compared: finder.compared, reports: groups.map((group) => describeGroup(kind, group, report)) };
}

/** Finds entries by the metadata of each object, or by its ID if it has none. */
async function findEntries(
	objects: readonly StripeObject[],
	ledger: Ledger,
): Promise<Map<StripeObject, Entry>> {
	const entries = new Map<StripeObject, Entry>();
	for (const object of objects) {
		const entryId = readEntryId(object);
		const entry = entryId === undefined ? undefined : await ledger.find(entryId);
		if (entry) entries.set(object, entry);
	}
	const others = objects.filter((object) => !entries.has(object));
	const byObject = await ledger.queries.findByObjects(new Set(others.flatMap(listIds)));
	for (const object of others) {
		const [entry] = listIds(object).flatMap((id) => byObject.get(id) ?? []);
		if (entry) entries.set(object, entry);
	}
	return entries;
}

/** The ledger knows a charge by its PaymentIntent. */
function listIds({ id, payment_intent }: StripeObject): string[] {
	return [id, readReference(payment_intent)].filter((text) => typeof text === 'string');
}

function describeObject(
	{ connection, options: { stripeAccount } }: ReadRequest,
	object: StripeObject,
	entry: Entry | undefined,
): ReportedObject {
	const money = readMoney(object);
	const { amount_refunded: refunded } = object;
	const customer = readReference(object.customer);
	const paymentIntent = readReference(object.payment_intent);
	return {
		id: object.id,
		status: object.status,
		created: new Date(Number(object.created) * 1_000).toISOString(),
		...(customer ? { customer } : {}),
		...(money
			? { amount: money.amount, amountText: formatAmount(String(money.amount), money.currency) }
			: {}),
		...(paymentIntent ? { paymentIntent } : {}),
		...(object.refunded === true ? { isRefunded: true } : {}),
		...(object.disputed === true ? { isDisputed: true } : {}),
		...(object.captured === false ? { isUncaptured: true } : {}),
		...(object.refunded === false && typeof refunded === 'number' && refunded > 0
			? { amountRefunded: refunded }
			: {}),
		dashboardUrl: buildObjectUrl({ connection, stripeAccount }, object),
		isInLedger: entry !== undefined,
		...(entry ? { entryId: entry.entryId, entryState: entry.state } : {}),
		...(entry?.origin.workflowName ? { workflow: entry.origin.workflowName } : {}),
	};
}

function describeGroup(
	kind: DuplicateKind,
	{ members, open }: DuplicateGroup,
	report: (object: StripeObject) => ReportedObject,
): DuplicateReport {
	const [kept, ...extras] = open.map(report) as [ReportedObject, ...ReportedObject[]];
	const currency = asText(open[0]?.currency);
	const { amount } = kept;
	const [customer, ...others] = listCustomers([kept, ...extras]);
	return {
		summary: summarize(kind, kept, extras),
		object: 'duplicates',
		duplicatesOf: kind,
		count: open.length,
		...(customer && others.length === 0 ? { customer } : {}),
		...(amount === undefined ? {} : { amount }),
		...(currency ? { currency } : {}),
		kept,
		extras,
		refunded: members.filter((object) => !open.includes(object)).map(report),
	};
}

/**
 * For example "3 payments of 49.90 EUR by cus_1: the first on 2026-03-01 at 10:00 UTC, the last 4 minutes later. 1 is in the
 * ledger."
 */
function summarize(kind: DuplicateKind, kept: ReportedObject, extras: readonly ReportedObject[]): string {
	const all = [kept, ...extras];
	const money = kept.amountText === undefined ? '' : ` of ${kept.amountText}`;
	const customers = listCustomers(all);
	const customer =
		customers.length > 1
			? ` of ${customers.length} customers who look like one`
			: customers.map((id) => ` of ${id}`).join('');
	const times = all.map(({ created }) => created).sort();
	const [oldest = kept.created, newest = oldest] = [times[0], times.at(-1)];
	const apart = Date.parse(newest) - Date.parse(oldest);
	const known = all.filter(({ isInLedger }) => isInLedger).length;
	const first = `${oldest.slice(0, 16).replace('T', ' ')} UTC`;
	return `${all.length} ${kind}${money}${customer}: the first on ${first}, the last ${describeSpan(apart)}. ${describeKnown(known, all.length)}`;
}

function listCustomers(objects: readonly ReportedObject[]): string[] {
	return [...new Set(objects.flatMap(({ customer }) => customer ?? []))];
}

function describeKnown(known: number, all: number): string {
	if (known === 0) return 'The ledger knows none of them: they were made elsewhere, or before.';
	return known === all ? 'The ledger knows all of them.' : `The ledger knows ${known} of them.`;
}

function describeSpan(ms: number): string {
	if (ms === 0) return 'at the same time';
	const units = [
		['day', 86_400_000],
		['hour', 3_600_000],
		['minute', 60_000],
	] as const;
	const [unit, size] = units.find(([, length]) => ms >= length) ?? ['second', 1_000];
	const count = Math.round(ms / size);
	return `${count} ${unit}${count === 1 ? '' : 's'} later`;
}

/** An invoice is described by its billed amount, any other object by its `amount`. */
function readMoney(object: StripeObject): { amount: number; currency: string } | undefined {
	const amount = object.amount ?? object.total;
	const currency = asText(object.currency);
	return typeof amount === 'number' && currency !== undefined ? { amount, currency } : undefined;
}
