import { createHash, createHmac } from 'node:crypto';

import canonicalize from 'canonicalize';

/** What a person approves, by what can differ when it is sent. Each value is JSON. */
export interface ApprovalFacts {
	/** Mode and account. */
	account: unknown;
	entry: unknown;
	/** What the user asked for. */
	request: unknown;
	amount: unknown;
	/** What was read in Stripe, and what follows from it for the request. */
	objects: unknown;
	/** Which attempt it is, and how the entry stands. */
	attempt: unknown;
}

export type ApprovalPart = keyof ApprovalFacts;

/** `seal`: no part differs, and yet it is no check of these facts: it was changed, or made under another key secret. */
export type ApprovalChange = ApprovalPart | 'seal';

/** A check as it came with an item. */
export interface PresentedCheck {
	/** By which an entry knows it again. */
	id: string;
	/** When it was made: ms since the epoch, whole seconds. */
	at: number;
	/** In what it differs from what would be sent now: empty where it is the same. */
	diff(facts: ApprovalFacts): ApprovalChange[];
}

/** What an attempt needs that a person has to approve. */
export interface RequestedApproval {
	/** Absent where a check is to be made. */
	check?: PresentedCheck;
}

/** What was read for a person to approve. */
export interface ApprovedReads {
	/** What it moves, in the minor unit, as far as that is known. */
	spend?: { amount: number; currency: string };
	/** The state of all objects that were read: JSON. */
	objects: unknown;
}

/** How what would be sent differs from what a person has approved. */
export interface Disapproval {
	changes: ApprovalChange[];
	/** The check is one of those that let nothing be sent. */
	approvesNothing: boolean;
	/** What it would move now. */
	spend?: ApprovedReads['spend'];
}

const VERSION = 'check1';

/** Of each part only so much is kept as tells that it differs; that none does is for the seal to say. */
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
 * Text that stands for what a person approves: the second at which it was made and hashes, under the key secret where there
 * is one. It tells whether something has changed and what, but none of it.
 *
 * @param at ms since the epoch
 */
export function makeCheck(facts: ApprovalFacts, at: number, keySecret?: string): string {
	const time = Math.floor(at / 1000).toString(36);
	const parts = PARTS.map((part) => digestPart(facts, part, keySecret)).join('');
	return `${VERSION}_${time}_${parts}${digest([time, facts], keySecret)}`;
}

/** @returns undefined for what is no check, or not the whole of one */
export function readCheck(text: string, keySecret?: string): PresentedCheck | undefined {
	const [, time, parts, seal] = CHECK.exec(text) ?? [];
	if (time === undefined || parts === undefined || seal === undefined) return undefined;
	return {
		id: createHash('sha256').update(text, 'utf8').digest('base64url'),
		at: parseInt(time, 36) * 1000,
		diff: (facts) => {
			const changed = PARTS.filter((part, position) => {
				const start = position * PART_LENGTH;
				return parts.slice(start, start + PART_LENGTH) !== digestPart(facts, part, keySecret);
			});
			const isWhole = changed.length > 0 || seal === digest([time, facts], keySecret);
			return isWhole ? changed : ['seal'];
		},
	};
}

/** Equal amounts of two items look different; that two are of one account may be seen. */
function digestPart(facts: ApprovalFacts, part: ApprovalPart, keySecret: string | undefined): string {
	const salt = part === 'account' ? null : facts.entry;
	return digest([part, salt, facts[part]], keySecret).slice(0, PART_LENGTH);
}

function digest(values: unknown[], keySecret: string | undefined): string {
	const canonical = canonicalize([VERSION, ...values]) ?? '';
	const hash = keySecret ? createHmac('sha256', keySecret) : createHash('sha256');
	return hash.update(canonical, 'utf8').digest('base64url');
}
