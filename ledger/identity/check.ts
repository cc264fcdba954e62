import { createHash, createHmac } from 'node:crypto';

import canonicalize from 'canonicalize';

/** The facts that a person approves, split by what can differ when the request is sent. Each value is JSON. */
export interface ApprovalFacts {
	/** Mode and account. */
	account: unknown;
	entry: unknown;
	/** What the user requested. */
	request: unknown;
	amount: unknown;
	/** What was read from Stripe, and its consequences for the request. */
	objects: unknown;
	/** The attempt, and the state of the entry. */
	attempt: unknown;
}

export type ApprovalPart = keyof ApprovalFacts;

/** `signature`: no part differs, but the check was changed, or made with another key secret. */
export type ApprovalChange = ApprovalPart | 'signature';

/** A check that came with an item. */
export interface PresentedCheck {
	/** Identifies the check in an entry. */
	id: string;
	/** When it was made: ms since the epoch, in whole seconds. */
	at: number;
	/** Returns how the check differs from what would be sent now. Empty if it is the same. */
	diff(facts: ApprovalFacts): ApprovalChange[];
}

/** The approval that an attempt needs. */
export interface RequestedApproval {
	/** Absent if a check is to be made. */
	check?: PresentedCheck;
}

/** What was read for the approval. */
export interface ApprovedReads {
	/** The amount that it moves, in the minor unit, if known. */
	spend?: { amount: number; currency: string };
	/** The state of all objects that were read, as JSON. */
	objects: unknown;
}

/** How the request that would be sent differs from the one that was approved. */
export interface ApprovalMismatch {
	changes: ApprovalChange[];
	/** The check was made for a decision under which nothing is sent. */
	approvesNothing: boolean;
	/** The amount that it would move now. */
	spend?: ApprovedReads['spend'];
}

const VERSION = 'check1';

/** Characters kept of each part's hash. They only have to show that a part differs; the signature proves that none does. */
const PART_LENGTH = 8;

const PARTS = [
	'account',
	'entry',
	'request',
	'amount',
	'objects',
	'attempt',
] as const satisfies ApprovalPart[];

const CHECK = new RegExp(`^${VERSION}_([0-9a-z]{1,9})_([\\w-]{${PARTS.length * PART_LENGTH}})([\\w-]{43})$`);

/**
 * Makes a check, a text that represents what a person approves: the second it was made at, and hashes, under the key secret if
 * there is one. It shows whether the facts have changed, and which, but does not reveal them.
 *
 * @param at ms since the epoch
 */
export function makeCheck(facts: ApprovalFacts, at: number, keySecret?: string): string {
	const time = Math.floor(at / 1000).toString(36);
	const parts = PARTS.map((part) => digestPart(facts, part, keySecret)).join('');
	return `${VERSION}_${time}_${parts}${digest([time, facts], keySecret)}`;
}

/** @returns undefined for a text that is not a complete check */
export function readCheck(text: string, keySecret?: string): PresentedCheck | undefined {
	const [, time, parts, signature] = CHECK.exec(text) ?? [];
	if (time === undefined || parts === undefined || signature === undefined) return undefined;
	return {
		id: createHash('sha256').update(text, 'utf8').digest('base64url'),
		at: parseInt(time, 36) * 1000,
		diff: (facts) => {
			const changed = PARTS.filter((part, position) => {
				const start = position * PART_LENGTH;
				return parts.slice(start, start + PART_LENGTH) !== digestPart(facts, part, keySecret);
			});
			const isWhole = changed.length > 0 || signature === digest([time, facts], keySecret);
			return isWhole ? changed : ['signature'];
		},
	};
}

/**
 * Salts each part with the entry, so that equal amounts of two items have different hashes. The account is not salted: two
 * items of one account may show it.
 */
function digestPart(facts: ApprovalFacts, part: ApprovalPart, keySecret: string | undefined): string {
	const salt = part === 'account' ? null : facts.entry;
	return digest([part, salt, facts[part]], keySecret).slice(0, PART_LENGTH);
}

function digest(values: unknown[], keySecret: string | undefined): string {
	const canonical = canonicalize([VERSION, ...values]) ?? '';
	const hash = keySecret ? createHmac('sha256', keySecret) : createHash('sha256');
	return hash.update(canonical, 'utf8').digest('base64url');
}
