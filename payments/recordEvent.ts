import { objectsOf } from '../ledger/model/entryFacts';
import type { Entry, Outcome } from '../ledger/model/entry';
import type { Scope } from '../ledger/identity/key';
import { entryOfKey } from '../ledger/identity/key';
import type { Ledger } from '../ledger/ledger';
import { findMismatch } from '../stripe/objects/matchesRequest';
import type { Connection } from '../stripe/api/connection';
import { DEFAULT_API_VERSION } from '../stripe/api/connection';
import type { StripeEvent } from '../stripe/webhooks/event';
import { idempotencyKeyOf, modeOf, readOwner } from '../stripe/webhooks/event';
import { getCreatingEntryId, findConfirmation } from '../stripe/webhooks/eventProof';
import { toPaymentUpdate } from '../stripe/webhooks/paymentUpdate';
import { paymentOf } from '../stripe/objects/paymentState';
import { resolveAccount } from './resolveAccount';

/** Timeout of reads while Stripe waits for our response, in ms. Without a response Stripe delivers the event again. */
const ACCOUNT_LOOKUP = { timeoutMs: 10_000, maxRetries: 0, apiVersion: DEFAULT_API_VERSION };

/** The account of the credential, to which events without an account belong. */
export interface OwnAccount {
	connection: Connection;
	accountId?: string;
}

/** Thrown if Stripe could not be asked for the account of the event. A later delivery may succeed. */
export class AccountLookupError extends Error {
	constructor() {
		super('Stripe did not say which account the key belongs to');
		this.name = 'AccountLookupError';
	}
}

/**
 * Records in the ledger what an event proves.
 *
 * @returns the entry of the event, found by the key of the request that caused it, otherwise by the metadata of its object
 * @throws StoreUnavailableError, AccountLookupError
 */
export async function recordEvent(
	ledger: Ledger,
	event: StripeEvent,
	own: OwnAccount,
): Promise<Entry | undefined> {
	const entryIds = listCandidateEntryIds(event);
	const account = entryIds.length > 0 ? await resolveEventAccount(event, own) : undefined;
	if (account === undefined) return undefined;
	const scope: Scope = { mode: modeOf(event), account };
	const entries: Entry[] = [];
	for (const entryId of entryIds) {
		const entry = await recordEventForEntry(ledger, entryId, event, scope);
		if (isInScope(entry, scope) && concernsEntry(event, entry)) entries.push(entry);
	}
	return entries[0];
}

/** First what the event proves about the request, then the state of the money. */
async function recordEventForEntry(
	ledger: Ledger,
	entryId: string,
	event: StripeEvent,
	scope: Scope,
): Promise<Entry | undefined> {
	const entry = await ledger.confirmSuccess(entryId, (current) => {
		const proof = findConfirmation(event, current);
		return proof && { ...scope, ...proof };
	});
	if (!entry || !toPaymentUpdate(event, entry)) return entry;
	const toUpdate = (current: Entry) => {
		const news = toPaymentUpdate(event, current);
		return news && { ...scope, ...news };
	};
	return ledger.recordPaymentUpdate(entryId, toUpdate, paymentOf);
}

/** @returns undefined if the account is not known */
async function resolveEventAccount(event: StripeEvent, own: OwnAccount): Promise<string | undefined> {
	const owner = readOwner(event);
	if (owner === 'unknown') return undefined;
	return owner === 'own' ? resolveOwnAccount(own) : owner.account;
}

function isInScope(entry: Entry | undefined, { mode, account }: Scope): entry is Entry {
	return entry?.mode === mode && entry.account === account;
}

/**
 * Metadata may have been copied to another object. It counts only if the entry knows the object, or requested exactly this one.
 */
function concernsEntry(event: StripeEvent, entry: Entry): boolean {
	const { object } = event.data;
	const known = objectsOf(entry);
	return (
		entryOfKey(idempotencyKeyOf(event) ?? '') === entry.entryId ||
		[object.id, object.payment_intent].some((id) => typeof id === 'string' && known.includes(id)) ||
		findMismatch(entry, object) === undefined
	);
}

function listCandidateEntryIds(event: StripeEvent): string[] {
	const byKey = entryOfKey(idempotencyKeyOf(event) ?? '');
	const byObject = getCreatingEntryId(event);
	return [...new Set([byKey, byObject].filter((id) => id !== undefined))];
}

/** @returns undefined if the API key lacks the permission, so that it is not known whether event and entry share an account */
async function resolveOwnAccount({ connection, accountId }: OwnAccount): Promise<string | undefined> {
	const request = { connection, options: ACCOUNT_LOOKUP };
	const account = await resolveAccount(request, accountId, connection.clock);
	if (typeof account === 'string') return account;
	if (mayAnswerLater(account)) throw new AccountLookupError();
	return undefined;
}

function mayAnswerLater({ kind }: Outcome): boolean {
	return kind !== 'unauthorized' && kind !== 'rejected';
}
