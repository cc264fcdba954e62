import { createHash, createHmac, randomUUID } from 'node:crypto';

import type { KeySecretRow } from '../model/row';
import { NEVER, initialVersion } from '../model/row';
import type { Scope } from './key';
import { updateRow } from '../compareAndSwap';
import type { Store } from '../store';
import { KEY_SECRET_ROW_PREFIX } from '../store';

/** Under which key secret entries of one account and mode are derived: "none" counts as one. It tells nobody which. */
export interface KeySecretMark {
	/** The row in which the ledger keeps it. */
	rowId: string;
	hash: string;
}

/** The ledger was begun under another key secret: every old order would be a new one. */
export class KeySecretChangedError extends Error {
	constructor() {
		super('The key secret differs from the one of the ledger');
		this.name = 'KeySecretChangedError';
	}
}

/** It is no easier to guess a secret from it than from the ids of the entries themselves. */
export function toKeySecretMark({ mode, account }: Scope, keySecret: string | undefined): KeySecretMark {
	const payload = JSON.stringify(['v1', 'key secret', mode, account]);
	const hash = createHash('sha256').update(payload, 'utf8').digest('base64url');
	return {
		rowId: `${KEY_SECRET_ROW_PREFIX}${hash}`,
		hash: keySecret
			? createHmac('sha256', keySecret).update(payload, 'utf8').digest('base64url')
			: 'none',
	};
}

/**
 * Makes sure that the ledger's entries of this account and mode are derived under this key secret. The first to come writes
 * it, for good: of several at once, one's stands for all.
 *
 * @throws KeySecretChangedError; StoreUnavailableError: then nothing may be sent
 */
export async function confirmKeySecret(store: Store, { rowId, hash }: KeySecretMark): Promise<void> {
	const isConfirmed = await updateRow(store, rowId, (current) => {
		if (current) return { result: current.state === 'key_secret' && current.hash === hash };
		return { result: true, next: toKeySecretRow(rowId, hash) };
	});
	if (!isConfirmed) throw new KeySecretChangedError();
}

/** The same where nothing can be written: what cannot be read contradicts nothing. @throws KeySecretChangedError, StoreUnavailableError */
export async function refuseOtherKeySecret(store: Store, { rowId, hash }: KeySecretMark): Promise<void> {
	const [current] = await store.find([rowId]);
	if (current?.state === 'key_secret' && current.hash !== hash) throw new KeySecretChangedError();
}

function toKeySecretRow(rowId: string, hash: string): KeySecretRow {
	const version = initialVersion(randomUUID());
	return { state: 'key_secret', entryId: rowId, version, expiresAt: NEVER, hash };
}
