import type { TimeSource } from '../ledger/clock';
import type { Ledger } from '../ledger/ledger';
import type { Outcome } from '../ledger/model/entry';
import type { ReadRequest } from '../stripe/api/reads';
import { forEachPage } from '../stripe/api/reads';
import { buildObjectUrl } from '../stripe/objects/dashboardUrl';
import { readEntryId } from '../stripe/objects/metadata';
import { formatAmount } from '../stripe/objects/money';
import type { StripeObject } from '../stripe/objects/stripeObject';
import { asText } from '../stripe/objects/stripeObject';

/** Objects that name the entry that created them, and can be listed by time. */
const LISTS = ['/v1/payment_intents', '/v1/refunds', '/v1/subscriptions', '/v1/invoices'];

/** An object whose entry is not in the ledger. */
export interface UnknownObject extends Record<string, unknown> {
	summary: string;
	object: 'unknownObject';
	id: unknown;
	kind: unknown;
	entryId: string;
	created: string;
	dashboardUrl: string;
}

export interface LedgerCheck {
	/** The newest first. */
	unknown: UnknownObject[];
	/** How many objects name an entry. */
	compared: number;
	/** All unknown objects are newer than all known ones, as after restoring a backup. */
	isBehind: boolean;
}

/**
 * Reads the objects that these nodes created in Stripe, and reports those that this ledger does not know. Changes nothing.
 *
 * @param since ms since the epoch
 * @returns the outcome of a failed read, because half a list is not an answer
 * @throws StoreUnavailableError
 */
export async function checkLedger(
	request: ReadRequest,
	since: number,
	ledger: Ledger,
	time: TimeSource,
): Promise<LedgerCheck | Outcome> {
	const made: (StripeObject & { entryId: string })[] = [];
	const params = { created: { gte: String(Math.floor(since / 1_000)) } };
	for (const path of LISTS) {
		const list = { path, kind: 'list', limit: Infinity } as const;
		const all = path === '/v1/subscriptions' ? { ...params, status: 'all' } : params;
		const failure = await forEachPage(request, { ...list, params: all }, time, (objects) => {
			for (const object of objects) {
				const entryId = readEntryId(object);
				if (entryId !== undefined) made.push({ ...object, entryId });
			}
		});
		if (failure) return failure;
	}
	const entries = await Promise.all(made.map(({ entryId }) => ledger.find(entryId)));
	const known = made.filter((_object, position) => entries[position]);
	const unknown = made
		.filter((_object, position) => !entries[position])
		.sort((a, b) => created(b) - created(a));
	const newestKnown = Math.max(0, ...known.map(created));
	return {
		unknown: unknown.map((object) => describe(request, object)),
		compared: made.length,
		isBehind: unknown.length > 0 && unknown.every((object) => created(object) >= newestKnown),
	};
}

const created = ({ created: seconds }: StripeObject): number => Number(seconds);

function describe(
	{ connection, options: { stripeAccount } }: ReadRequest,
	object: StripeObject & { entryId: string },
): UnknownObject {
	const at = new Date(created(object) * 1_000).toISOString();
	const currency = asText(object.currency);
	const amount = object.amount ?? object.total;
	const money =
		currency !== undefined && typeof amount === 'number'
			? ` of ${formatAmount(String(amount), currency)}`
			: '';
	return {
		summary: `${String(object.id)}${money}, created on ${at.slice(0, 16).replace('T', ' ')} UTC: this ledger has no entry for it.`,
		object: 'unknownObject',
		id: object.id,
		kind: object.object,
		entryId: object.entryId,
		created: at,
		dashboardUrl: buildObjectUrl({ connection, stripeAccount }, object),
	};
}
