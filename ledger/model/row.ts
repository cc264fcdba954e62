import { hash } from 'node:crypto';

import type { Entry } from './entry';

/**
 * The recent occurrences of one key with a rounded time, each with its entry. They are in one row, so that two claims on either
 * side of a bucket boundary meet in one compare-and-swap.
 */
export interface TimeIndex {
	state: 'timeline';
	entryId: string;
	version: number;
	expiresAt: number;
	occurrences: { entryId: string; times: number[]; at: number }[];
}

/** How much of a limit is used: minor units of its currency, and a number of reservations. */
export interface LimitUse {
	amount: number;
	count: number;
}

/**
 * The counter of one limit. It is written together with every entry that changes its use. So it is always the sum of what is used
 * by the entries that reference it in `reservation.limits`, and by those that have been purged.
 */
export interface Budget {
	state: 'budget';
	entryId: string;
	version: number;
	expiresAt: number;
	taken: LimitUse;
	/** A random ID of the row. Amounts counted in a purged row are not released from its successor. */
	epoch: string;
	/** Holds that are not counted yet: see `BudgetOfSchema2`. */
	earlierHolds?: EarlierHold[];
}

/** The counter in a ledger of schema 2: a hold counts by the state of its entry at the time of counting. */
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

/** What the kill switch blocks: payments by token, or every write that the ledger guards. */
export type KillSwitchWidth = 'tokens' | 'everything';

/** An active kill switch. */
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
	/** The secret from which tokens are derived. Absent in a store that others can read. */
	secret?: string;
	/** The active kill switches. While one is active, nothing can be reserved and no token can be used. */
	killSwitches?: Partial<Record<KillSwitchWidth, KillSwitch>>;
	/** The latest Stripe time of any claim, accurate to about a minute, in ms since the epoch. */
	newestTime?: number;
	/** The Stripe time of the first claim, in ms since the epoch. What was sent before it is not in the ledger. */
	beganAt?: number;
}

/** The key secret from which the entry IDs of one account and mode are derived. It is never purged or changed. */
export interface KeySecretRow {
	state: 'key_secret';
	entryId: string;
	version: number;
	expiresAt: number;
	/** The HMAC under the secret, or `none`. */
	hash: string;
}

/** Which entry works on something of which only one may exist: see `Locks`. It is never purged by age. */
export interface LockRow {
	state: 'lock';
	entryId: string;
	version: number;
	expiresAt: number;
	/** The ID of the entry. */
	holder: string;
}

/** What a store keeps. `state` discriminates the types. */
export type Row = Entry | TimeIndex | Budget | BudgetOfSchema2 | RegistryRow | KeySecretRow | LockRow;
export type RowState = Row['state'];

/** The row that everything in a ledger shares. */
export const REGISTRY_ROW_ID = 'registry_v1';

/** The expiry of rows that are never purged, because a store requires one: the year 9999, in ms since the epoch. */
export const NEVER = Date.UTC(9999, 0, 1);

/**
 * Returns the first version of a new row: a 30-bit number derived from its writer. It prevents a row that was deleted and created
 * again from being mistaken for the old one.
 */
export function initialVersion(writer: string): number {
	return hash('sha256', writer, 'buffer').readUInt32BE(0) >>> 2;
}

/** ms since the epoch; undefined if none was stored yet */
export function newestTimeIn(row: Row | undefined): number | undefined {
	return row?.state === 'registry' ? row.newestTime : undefined;
}

/** ms since the epoch; undefined if no time was stored yet */
export function beganAtIn(row: Row | undefined): number | undefined {
	return row?.state === 'registry' ? row.beganAt : undefined;
}

export function toTimeIndex(row: Row | undefined): TimeIndex | undefined {
	return row?.state === 'timeline' ? row : undefined;
}
