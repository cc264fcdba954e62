import { createHmac, hash as hashOnce, randomUUID } from 'node:crypto';

import type { KeySecretRow } from '../model/row';
import { NEVER, initialVersion } from '../model/row';
import type { Scope } from './key';
import { updateRow } from '../compareAndSwap';
import type { Store } from '../store';
import { KEY_SECRET_ROW_PREFIX } from '../store';

/**
 * Identifies the key secret that the entries of one account and mode are derived with, without revealing it. "none" counts as a
 * secret.
 */
export interface KeySecretMark {
	/** The row that stores it in the ledger. */
	rowId: string;
	hash: string;
}

/** The ledger was started with another key secret: every old order would look new. */
export class KeySecretChangedError extends Error {
	constructor() {
		super('The key secret differs from the one of the ledger');
		this.name = 'KeySecretChangedError';
	}
}

/** The mark that was built last. All items of a run have the same one. */
let last: { mode: string; account: string; keySecret: string | undefined; mark: KeySecretMark } | undefined;

/** Builds the mark. Guessing a secret from it is no easier than from the entry ids themselves. */
export function toKeySecretMark({ mode, account }: Scope, keySecret: string | undefined): KeySecretMark {
	const isLast = last?.mode === mode && last.account === account && last.keySecret === keySecret;
	if (last && isLast) return last.mark;
	const mark = buildKeySecretMark({ mode, account }, keySecret);
	last = { mode, account, keySecret, mark };
	return mark;
}

function buildKeySecretMark({ mode, account }: Scope, keySecret: string | undefined): KeySecretMark {
	const payload = JSON.stringify(['v1', 'key secret', mode, account]);
	const hash = hashOnce('sha256', payload, 'base64url');
	return {
		rowId: `${KEY_SECRET_ROW_PREFIX}${hash}`,
		hash: keySecret
			? createHmac('sha256', keySecret).update(payload, 'utf8').digest('base64url')
			: 'none',
	};
}

/**
 * Confirms that the ledger's entries of this account and mode are derived with this key secret. The first caller records it
 * permanently; if several call at once, one wins.
 *
 * @throws KeySecretChangedError; StoreUnavailableError. Nothing may be sent then
 */
export async function confirmKeySecret(store: Store, { rowId, hash }: KeySecretMark): Promise<void> {
	const isConfirmed = await updateRow(store, rowId, (current) => {
		if (current) return { result: current.state === 'key_secret' && current.hash === hash };
		return { result: true, next: toKeySecretRow(rowId, hash) };
	});
	if (!isConfirmed) throw new KeySecretChangedError();
}

/**
 * Like `confirmKeySecret`, without writing. A row that does not exist contradicts nothing. @throws KeySecretChangedError,
 * StoreUnavailableError
 */
export async function refuseOtherKeySecret(store: Store, { rowId, hash }: KeySecretMark): Promise<void> {
	const [current] = await store.find([rowId]);
	if (current?.state === 'key_secret' && current.hash !== hash) throw new KeySecretChangedError();
}

function toKeySecretRow(rowId: string, hash: string): KeySecretRow {
	const version = initialVersion(randomUUID());
	return { state: 'key_secret', entryId: rowId, version, expiresAt: NEVER, hash };
}
