import { createHash } from 'node:crypto';

import type { Entry } from './entry';

/**
 * The recent times of one business fact whose key has a rounded time, each with the entry it belongs to. One row, so that
 * two claims on the two sides of a bucket's boundary meet in one compare-and-swap.
 */
export interface TimeIndex {
	state: 'timeline';
	entryId: string;
	version: number;
	expiresAt: number;
	occurrences: { entryId: string; times: number[]; at: number }[];
}

/** What is taken of a limit: minor units of its currency, and how many reservations. */
export interface LimitUse {
	amount: number;
	count: number;
}

/**
 * The counter of one limit. It is written together with every entry that changes what it takes, so that it is at all times the
 * sum of what is taken by the entries that name it in `reservation.limits`, and of what was taken by those that are forgotten.
 */
export interface Budget {
	state: 'budget';
	entryId: string;
	version: number;
	expiresAt: number;
	taken: LimitUse;
	/** Drawn when the row is made: what was counted in one that was forgotten is not given back to the next one. */
	epoch: string;
	/** Not counted yet: see `BudgetOfSchema2`. */
	earlierHolds?: EarlierHold[];
}

/** The same in a ledger of schema 2: each hold counts as what its entry says when it is counted. */
export interface BudgetOfSchema2 {
	state: 'budget';
	entryId: string;
	version: number;
	expiresAt: number;
	spent: LimitUse;
	holds: EarlierHold[];
}

export interface EarlierHold {
	entryId: string;
	generation: number;
	generationId: string;
	amount: number;
}

/** How much the kill switch stops: what is paid by token, or every write that the ledger guards. */
export type KillSwitchWidth = 'tokens' | 'everything';

/** A kill switch that was pulled. */
export interface KillSwitch {
	width: KillSwitchWidth;
	decidedBy: string;
	reason: string;
	/** ms since the epoch */
	at: number;
}

/** What all entries of a ledger share. */
export interface RegistryRow {
	state: 'registry';
	entryId: string;
	version: number;
	expiresAt: number;
	/** From which tokens are made; none in a store that others can read. */
	secret?: string;
	/** The kill switch: while one of them stands, nothing is reserved and no token is good for anything. */
	killSwitches?: Partial<Record<KillSwitchWidth, KillSwitch>>;
	/** The newest of Stripe's time at which anything was claimed, to within about a minute: ms since the epoch. */
	newestTime?: number;
}

/** Under which key secret the entries of one account and mode are derived; it is never forgotten, and never changes. */
export interface KeySecretRow {
	state: 'key_secret';
	entryId: string;
	version: number;
	expiresAt: number;
	/** HMAC under the secret, or `none`. */
	hash: string;
}

/** Who works on a combination of which only one may: see `Locks`. It is never forgotten by time. */
export interface LockRow {
	state: 'lock';
	entryId: string;
	version: number;
	expiresAt: number;
	/** An entry's ID. */
	holder: string;
}

/** What a store keeps; `state` tells which it is. */
export type Row = Entry | TimeIndex | Budget | BudgetOfSchema2 | RegistryRow | KeySecretRow | LockRow;
export type RowState = Row['state'];

/** The one row of a ledger that everything in it shares. */
export const REGISTRY_ROW_ID = 'registry_v1';

/** For rows that are never forgotten; a store wants a time all the same. ms since the epoch: the year 9999. */
export const NEVER = Date.UTC(9999, 0, 1);

/**
 * Where a new row's versions begin: a number of its writer's own (30 bits). A row that was removed and made again must not
 * be taken for the old one by somebody who has seen the old one's version.
 */
export function initialVersion(writer: string): number {
	return createHash('sha256').update(writer, 'utf8').digest().readUInt32BE(0) >>> 2;
}

/** ms since the epoch; undefined where nobody has written it down yet */
export function newestTimeIn(row: Row | undefined): number | undefined {
	return row?.state === 'registry' ? row.newestTime : undefined;
}
