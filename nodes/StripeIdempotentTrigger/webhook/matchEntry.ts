import { objectsOf } from '../../../ledger/model/entryFacts';
import type { Entry, Outcome } from '../../../ledger/model/entry';
import type { Scope } from '../../../ledger/identity/key';
import { entryOfKey } from '../../../ledger/identity/key';
import type { Ledger } from '../../../ledger/ledger';
import { accountOf } from '../../../stripe/api/account';
import { differenceFrom } from '../../../stripe/objects/matchesRequest';
import { sendOnce } from '../../../stripe/api/client';
import type { Connection } from '../../../stripe/api/connection';
import type { StripeEvent } from '../../../stripe/webhooks/event';
import { keyOf, modeOf, ownerOf } from '../../../stripe/webhooks/event';
import { entryOfObject, proofOf } from '../../../stripe/webhooks/eventProof';
import { classify } from '../../../stripe/api/outcome';
import { newsOf } from '../../../stripe/webhooks/paymentNews';
import { paymentOfEntry } from '../../../stripe/objects/paymentState';

const TIMEOUT_MS = 10_000;

/** Whose events come without an account: the one of the credential. */
export interface OwnAccount {
	connection: Connection;
	accountId?: string;
}

/** Stripe did not say now whose the event is: later it may. */
export class AccountNotTold extends Error {
	constructor() {
		super('Stripe did not say which account the key belongs to');
		this.name = 'AccountNotTold';
	}
}

/**
 * Tells the ledger what an event proves.
 *
 * @returns the entry to which the event belongs: by the key of the request that caused it, or else by its object's metadata
 * @throws StoreUnavailable, AccountNotTold
 */
export async function heardBy(
	ledger: Ledger,
	event: StripeEvent,
	own: OwnAccount,
): Promise<Entry | undefined> {
	const entryIds = candidates(event);
	const account = entryIds.length > 0 ? await accountOfEvent(event, own) : undefined;
	if (account === undefined) return undefined;
	const scope: Scope = { mode: modeOf(event), account };
	const entries: Entry[] = [];
	for (const entryId of entryIds) {
		const entry = await heardOf(ledger, entryId, event, scope);
		if (isOf(entry, scope) && isAbout(event, entry)) entries.push(entry);
	}
	return entries[0];
}

/** First what the event proves of the request, then what it tells of the money. */
async function heardOf(
	ledger: Ledger,
	entryId: string,
	event: StripeEvent,
	scope: Scope,
): Promise<Entry | undefined> {
	const entry = await ledger.hear(entryId, (standing) => {
		const proof = proofOf(event, standing);
		return proof && { ...scope, ...proof };
	});
	if (!entry || !newsOf(event, entry)) return entry;
	const tell = (standing: Entry) => {
		const news = newsOf(event, standing);
		return news && { ...scope, ...news };
	};
	return ledger.learn(entryId, tell, paymentOfEntry);
}

/** @returns undefined where nobody knows whose it is */
async function accountOfEvent(event: StripeEvent, own: OwnAccount): Promise<string | undefined> {
	const owner = ownerOf(event);
	if (owner === 'unknown') return undefined;
	return owner === 'own' ? ownAccount(own) : owner.account;
}

function isOf(entry: Entry | undefined, { mode, account }: Scope): entry is Entry {
	return entry?.mode === mode && entry.account === account;
}

/** Metadata may be a copy: they lead to the entry where the object is known to it, or is what was asked for. */
function isAbout(event: StripeEvent, entry: Entry): boolean {
	const { object } = event.data;
	const known = objectsOf(entry);
	return (
		entryOfKey(keyOf(event) ?? '') === entry.entryId ||
		[object.id, object.payment_intent].some((id) => typeof id === 'string' && known.includes(id)) ||
		differenceFrom(entry, object) === undefined
	);
}

function candidates(event: StripeEvent): string[] {
	const byKey = entryOfKey(keyOf(event) ?? '');
	const byObject = entryOfObject(event);
	return [...new Set([byKey, byObject].filter((id) => id !== undefined))];
}

/** @returns undefined where the key may not ask: then nobody knows whether the event and an entry are of one account */
async function ownAccount({ connection, accountId }: OwnAccount): Promise<string | undefined> {
	if (accountId !== undefined) return accountId;
	const account = await accountOf(connection, async () => {
		const asked = { method: 'GET', path: '/v1/account', timeoutMs: TIMEOUT_MS } as const;
		return classify(await sendOnce(connection, asked)).outcome;
	});
	if (typeof account === 'string') return account;
	if (mayAnswerLater(account)) throw new AccountNotTold();
	return undefined;
}

function mayAnswerLater({ kind }: Outcome): boolean {
	return kind !== 'unauthorized' && kind !== 'rejected';
}
