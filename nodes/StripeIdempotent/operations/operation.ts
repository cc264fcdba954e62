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
	/** The permissions of a restricted key, if they differ from that of the resource. */
	needs?: readonly Permission[];
	/** Permissions for other objects that it reads, always or with some parameters. */
	alsoNeeds?: readonly Permission[];
	/** The operation's own parameters. The conditions that show them are derived from the table. */
	properties: INodeProperties[];
}

/**
 * What an operation is once per. `create`: each decision creates a new object. `terminal`: it cannot be undone, so it is once per
 * object. `repeatable`: it may legitimately happen again, so it is once per object and decision. `ephemeral`: it returns a link
 * that expires.
 */
export type OperationClass = 'create' | 'terminal' | 'repeatable' | 'ephemeral';

type WriteMethod = 'POST' | 'DELETE';

/**
 * Looks up an object; resolves to an empty object if there is none.
 *
 * @param now Stripe's time, in ms since the epoch
 * @throws ItemError if the result is ambiguous
 */
export type ObjectLookUp = (read: Read, now: number) => Promise<StripeObject>;

/** An operation that is claimed, sent and settled. */
export interface WriteOperation extends OperationText {
	kind: 'write';
	class: OperationClass;
	/** The class, if the parameters (in wire form) determine it. */
	classFor?: (params: Params, method: WriteMethod) => OperationClass;
	method?: WriteMethod | ((read: ParameterReader) => WriteMethod);
	path: (read: ParameterReader) => string;
	/** Older paths for the same operation, if Stripe still accepts them. */
	olderPaths?: (read: ParameterReader) => string[];
	/** The object acted on. It is part of the key, so that the key fields of Create can be used for Capture too. */
	target?: (read: ParameterReader) => string;
	/** The parameters that the user sets. They determine the fingerprint; different ones are a conflict. */
	params?: (read: ParameterReader) => OperationParams;
	/**
	 * Refuses parameters (in wire form) that Stripe would refuse, before anything is sent.
	 *
	 * @throws ItemError
	 */
	check?: (read: ParameterReader, params: Params) => void;
	/**
	 * The parameters that the node adds, on its own or from the object that it `reads`. They are frozen in the entry by the
	 * claim, sent with every repeat of the attempt, and never compared. A new attempt reads again.
	 *
	 * @param params the user's parameters, in wire form
	 * @param object the object of `reads` when the attempt starts; empty without `reads`
	 */
	adds?: (read: ParameterReader, params: Params, object: StripeObject) => OperationParams;
	/**
	 * The path of the object that `adds` or `sentPath` needs, or how to look it up; undefined if none is needed. It is read for
	 * new attempts only, or before the claim if the amount is compared with a token or a limit.
	 *
	 * @param params the user's parameters, in wire form
	 */
	reads?: (read: ParameterReader, params: Params) => string | ObjectLookUp | undefined;
	/** It sends back what it `reads`, so a repeat would overwrite what somebody has changed since. */
	sendsBack?: true;
	/** The path that is really used, derived from the result of `reads`, and frozen too. Undefined for `path`. */
	sentPath?: (object: StripeObject, path: string) => string | undefined;
	/** The method that is really used, likewise. Undefined for `method`. */
	sentMethod?: (object: StripeObject) => 'POST' | undefined;
	/**
	 * Why a repeat is harmless, so that a missing result counts as "not executed" sooner. Operations without it move money.
	 *
	 * @param params the user's parameters, in wire form
	 */
	harmless?: HarmlessKind | ((params: Params) => HarmlessKind | undefined);
	/** The operation to execute, if a parameter selects it: another method, another class. */
	variant?: (read: ParameterReader) => WriteOperation;
	/** Set if the user wants at most one of something to exist; `params` in wire form. */
	onlyOne?: (read: ParameterReader, params: Params) => OnlyOne | undefined;
	/**
	 * The maximum amount, if the operation has a parameter for it.
	 *
	 * @throws ItemError
	 */
	cap?: (read: ParameterReader) => Cap | undefined;
	/** It takes several requests, each an entry of its own, as a bill does. */
	takesSteps?: true;
	/**
	 * It gives up money irreversibly, so a model may never do it, with or without a token.
	 *
	 * @param params the user's parameters, in wire form
	 */
	byPersonOnly?: true | ((params: Params, path: string) => boolean);
}

export function methodOf({ method = 'POST' }: WriteOperation, read: ParameterReader): WriteMethod {
	return typeof method === 'function' ? method(read) : method;
}

/** References that are returned as whole objects if a switch is on, by the name of the switch. */
export type Includes = Readonly<Record<string, string>>;

/** An operation without a key or an entry: reading twice moves nothing. */
export interface ReadOperation extends OperationText {
	kind: 'read';
	/** POST for a request that creates nothing which could exist twice. */
	method?: 'GET' | 'POST';
	/** The returned object does not exist in Stripe. */
	isPreview?: true;
	/** It returns a login link. The link goes into the item, and nowhere else. */
	isLogin?: true;
	path: (read: ParameterReader) => string;
	params?: (read: ParameterReader) => OperationParams;
	includes?: Includes;
	/** Describes the response in a sentence, for which it may read more. `params` in wire form, `now` Stripe's time in ms. */
	describe?: (params: Params, object: StripeObject, read: Read, now: number) => Promise<string | undefined>;
}

/** An operation that returns one item per object, page by page. */
export interface ListOperation extends OperationText {
	kind: 'list' | 'search';
	includes?: Includes;
	path: (read: ParameterReader) => string;
	params: (read: ParameterReader) => OperationParams;
}

/** The result of a report: one item per finding, and a summary, which is shown even without findings. */
export interface Report {
	objects: Record<string, unknown>[];
	note: string;
}

/** An operation that reads from Stripe, and possibly the ledger, and reports what it found. */
export interface ReportOperation extends OperationText {
	kind: 'report';
	/** The path that it reads, or reads first. */
	path: (read: ParameterReader) => string;
	/** Parameters that filter the read. */
	params?: (read: ParameterReader) => OperationParams;
	/** Whether it reads the ledger, which can then be selected. */
	readsLedger?: true;
	/**
	 * Reads the parameters, and returns the function that creates the report.
	 *
	 * @throws ItemError for invalid parameters
	 */
	prepare: (read: ParameterReader) => (source: ReportSource) => Promise<Report | Outcome>;
}

/** The sources of a report. */
export interface ReportSource {
	request: ReadRequest & { path: string; params: Params };
	openLedger: () => Promise<Ledger>;
	/** Returns risks of losing entries in the opened ledger, one sentence each. */
	readLedgerWarnings: () => Promise<string[]>;
	time: TimeSource;
}

export type StripeOperation = WriteOperation | ReadOperation | ListOperation | ReportOperation;

/** One Stripe resource with its operations, as data. */
export interface StripeResource {
	value: string;
	name: string;
	/** The permission of a restricted key for its operations; undefined if it depends on the request. */
	permission?: PermissionName;
	operations: StripeOperation[];
}

/**
 * Reads an amount in the currency of an existing object. If the user gives no currency, the object is read for it. The request is
 * compared by the amount as it was written, and the converted amount is frozen with it.
 *
 * @param name the parameter in Stripe's API
 * @param pathOf returns the path of the object
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

/** Parameters of an update that change descriptive text only, so that a repeat is harmless. */
const DESCRIBING_PARAMS: ReadonlySet<string> = new Set(['description', 'metadata', 'expand']);

/** For an update: harmless if it changes descriptive text only. */
export function detectDescriptionOnly(params: Params): HarmlessKind | undefined {
	return Object.keys(params).every((name) => DESCRIBING_PARAMS.has(name)) ? 'wordsOnly' : undefined;
}

/**
 * Returns whether a request marks a debt as paid outside Stripe, or forgives it (docs.stripe.com/api/invoices/pay). Nothing can
 * collect it afterwards. `params` in wire form.
 */
export function writesOffDebt(params: Params): boolean {
	return ['paid_out_of_band', 'forgive'].some((name) => (params[name] ?? 'false') !== 'false');
}
