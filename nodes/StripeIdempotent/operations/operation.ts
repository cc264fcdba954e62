import type { INodeProperties } from 'n8n-workflow';

import type { TimeSource } from '../../../ledger/clock';
import type { Ledger } from '../../../ledger/ledger';
import type { HarmlessKind, OnlyOne, Outcome } from '../../../ledger/model/entry';
import type { Params } from '../../../ledger/model/request';
import type { Permission, PermissionName } from '../../../stripe/api/permissions';
import type { ReadRequest } from '../../../stripe/api/reads';
import type { AmountRange } from '../../../stripe/objects/money';
import { parseMajorAmount } from '../../../stripe/objects/majorAmount';
import type { StripeObject } from '../../../stripe/objects/stripeObject';
import type { Read } from '../../../payments/spendFacts';
import type { Cap } from '../cap';
import type { ParameterReader } from '../../shared/parameters/parameterReader';

type OperationParams = Record<string, unknown>;

interface OperationText {
	/** The operation's name in workflows: a contract. */
	value: string;
	name: string;
	action: string;
	description: string;
	/** What a restricted key needs for it, where that is not the permission of the resource. */
	needs?: readonly Permission[];
	/** What it reads beside its own object, always or with some of its parameters. */
	alsoNeeds?: readonly Permission[];
	/** The operation's own parameters; where they show is filled in from the table. */
	properties: INodeProperties[];
}

/**
 * What an operation is once per. create: a new object per decision. terminal: nothing can undo it under the same ID, so once per
 * object. repeatable: it may rightly happen again, so once per object and decision. ephemeral: its answer is a link that expires.
 */
export type OperationClass = 'create' | 'terminal' | 'repeatable' | 'ephemeral';

type WriteMethod = 'POST' | 'DELETE';

/** Finds the object, empty where there is none. @param now Stripe's time, ms @throws ItemError for what cannot be decided */
export type ObjectLookUp = (read: Read, now: number) => Promise<StripeObject>;

/** Claimed, sent and settled. */
export interface WriteOperation extends OperationText {
	kind: 'write';
	class: OperationClass;
	/** Where the parameters decide it, in wire form. */
	classFor?: (params: Params, method: WriteMethod) => OperationClass;
	method?: WriteMethod | ((read: ParameterReader) => WriteMethod);
	path: (read: ParameterReader) => string;
	/** Where Stripe takes the same by a path from earlier times. */
	olderPaths?: (read: ParameterReader) => string[];
	/** The object that is acted on: part of the key, so that the key of Create can be used again for Capture. */
	target?: (read: ParameterReader) => string;
	/** What the user asks for: it makes the fingerprint, and another one is a conflict. */
	params?: (read: ParameterReader) => OperationParams;
	/** Refuses what Stripe would refuse, before anything is asked of it; `params` in wire form. @throws ItemError */
	check?: (read: ParameterReader, params: Params) => void;
	/**
	 * What the node adds to that by itself, or from the object that it `reads`. It is frozen into the entry at the claim, sent at
	 * every repeat of the attempt, and never compared. A new attempt reads anew.
	 *
	 * @param params the parameters of the user, in wire form
	 * @param object what `reads` names, as it is when the attempt begins; empty without `reads`
	 */
	adds?: (read: ParameterReader, params: Params, object: StripeObject) => OperationParams;
	/**
	 * The path of the object that `adds` or `sentPath` needs to know, or how it is looked up; undefined where none is needed. Read for a new attempt only, or before
	 * the claim where what the request moves is compared with a token or a limit.
	 *
	 * @param params the parameters of the user, in wire form
	 */
	reads?: (read: ParameterReader, params: Params) => string | ObjectLookUp | undefined;
	/** Where the request goes in truth, by what `reads` has found: frozen too. Undefined where it goes to `path`. */
	sentPath?: (object: StripeObject) => string | undefined;
	/**
	 * That it does no harm, or little, when it is done twice: then what is not there is believed to be absent sooner. What does
	 * not say so by name moves money.
	 *
	 * @param params the parameters of the user, in wire form
	 */
	harmless?: HarmlessKind | ((params: Params) => HarmlessKind | undefined);
	/** What the operation is in truth, where a choice of its own decides that: another method, another class. */
	variant?: (read: ParameterReader) => WriteOperation;
	/** Of what there is to be one only, where the user wants that; `params` in wire form. */
	onlyOne?: (read: ParameterReader, params: Params) => OnlyOne | undefined;
	/** The most that it may come to, where it has a parameter of its own for that. @throws ItemError */
	cap?: (read: ParameterReader) => Cap | undefined;
	/** It takes several requests, each an entry of its own: the steps of a bill. */
	isBill?: true;
	/**
	 * A loss of money that nothing can undo: a model never decides it, with a token or without.
	 *
	 * @param params the parameters of the user, in wire form
	 */
	byPersonOnly?: true | ((params: Params, path: string) => boolean);
}

export function methodOf({ method = 'POST' }: WriteOperation, read: ParameterReader): WriteMethod {
	return typeof method === 'function' ? method(read) : method;
}

/** Needs no key and makes no entry: reading twice moves nothing. */
export interface ReadOperation extends OperationText {
	kind: 'read';
	/** A POST that leaves nothing behind which could be there twice: it has no key and no entry. */
	method?: 'GET' | 'POST';
	/** What it shows does not exist in Stripe. */
	isPreview?: true;
	/** Its answer is a link that lets in whoever has it: it goes into the item, and nowhere else. */
	isLogin?: true;
	path: (read: ParameterReader) => string;
	params?: (read: ParameterReader) => OperationParams;
	/** What its answer says in words; it may have to read more for that. `params` in wire form, `now` Stripe's time in ms. */
	describe?: (params: Params, object: StripeObject, read: Read, now: number) => Promise<string | undefined>;
}

/** Gives one item per object, page by page. */
export interface ListOperation extends OperationText {
	kind: 'list' | 'search';
	path: (read: ParameterReader) => string;
	params: (read: ParameterReader) => OperationParams;
}

/** What a report found out: an item for each finding, and a sentence that a person wants to read also where there is none. */
export interface Report {
	objects: Record<string, unknown>[];
	note: string;
}

/** Reads what it takes, also in the ledger, and tells what it found out. */
export interface ReportOperation extends OperationText {
	kind: 'report';
	/** What it reads, or begins with. */
	path: (read: ParameterReader) => string;
	/** What narrows that. */
	params?: (read: ParameterReader) => OperationParams;
	/** Whether it looks into the ledger: then that can be chosen. */
	readsLedger?: true;
	/** @throws ItemError for parameters that cannot be used; what it returns does the reading */
	prepare: (read: ParameterReader) => (source: ReportSource) => Promise<Report | Outcome>;
}

/** What a report reads from. */
export interface ReportSource {
	request: ReadRequest & { path: string; params: Params };
	openLedger: () => Promise<Ledger>;
	/** What would lose or forget what the opened ledger keeps, one sentence each. */
	readLedgerWarnings: () => Promise<string[]>;
	time: TimeSource;
}

export type StripeOperation = WriteOperation | ReadOperation | ListOperation | ReportOperation;

/** One Stripe resource with its operations, as data. */
export interface StripeResource {
	value: string;
	name: string;
	/** Of a restricted key, for its operations; none where anything may be asked for. */
	permission?: PermissionName;
	operations: StripeOperation[];
}

/**
 * An amount in the currency of an object that stands in Stripe. Where the user names no currency, the object is read for it; the
 * request is compared by the amount as it is written, and what that came to is frozen beside it.
 *
 * @param name of the amount in Stripe's API
 * @param pathOf where the object is read
 */
export function readAmountOfObject(
	name: 'amount' | 'amount_to_capture',
	pathOf: (read: ParameterReader) => string,
	range?: AmountRange,
): Required<Pick<WriteOperation, 'reads' | 'adds'>> {
	return {
		reads: (read, { [name]: amount }) =>
			parseMajorAmount(amount) === undefined ? undefined : pathOf(read),
		adds: (read, { [name]: amount }, { currency }) => ({
			[name]: read.amountIn(currency, amount, range),
		}),
	};
}

/** What an update changes where it changes words only: they may be written twice. */
const DESCRIBING_PARAMS: ReadonlySet<string> = new Set(['description', 'metadata', 'expand']);

/** Of an update: harmless where nothing but words changes. */
export function detectDescriptionOnly(params: Params): HarmlessKind | undefined {
	return Object.keys(params).every((name) => DESCRIBING_PARAMS.has(name)) ? 'wordsOnly' : undefined;
}

/**
 * Money that Stripe never sees counts as paid, or what is missing is forgiven (docs.stripe.com/api/invoices/pay): nothing can
 * collect it again. `params` in wire form.
 */
export function writesOffDebt(params: Params): boolean {
	return ['paid_out_of_band', 'forgive'].some((name) => (params[name] ?? 'false') !== 'false');
}
