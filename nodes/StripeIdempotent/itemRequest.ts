import type { IExecuteFunctions } from 'n8n-workflow';
import { isToolType } from 'n8n-workflow';

import type { TimeSource } from '../../ledger/clock';
import type { Params } from '../../ledger/model/request';
import { sentParamsOf, toCanonicalParams } from '../../ledger/model/request';
import type { IntentOperation } from '../../payments/intentOperations';
import type { AccountsOfRun } from '../../payments/resolveAccount';
import type { Connection, Credential } from '../../stripe/api/connection';
import { findAmbiguousName } from '../../stripe/api/parameterRules';
import { ENTRY_METADATA, namesForeignEntry, toEntryMetadata } from '../../stripe/objects/metadata';
import type { RunPace } from '../../stripe/api/rateLimiter';
import { InputReader } from '../shared/parameters/inputReader';
import { ParameterReader } from '../shared/parameters/parameterReader';
import { ItemError } from '../shared/run/error';
import { refuseCheckedItem, refuseOwnErrorItem } from '../shared/run/ownItemGuard';
import { isCalledByModel } from '../shared/run/calledByModel';
import { nodeOfRun } from '../shared/run/origin';
import { readCredential } from '../shared/stripe/credential';
import { stripeCatalog } from './description';
import type { ItemRequest } from './item';
import { findStripeOperation } from './operations';
import { readIncludes } from './operations/includes';
import type { StripeOperation } from './operations/operation';
import type { Options } from './options';
import { limitToCustomer } from './onlyCustomer';
import { readOptions, refuseModelChoice } from './options';
import { refuseParameterFaults } from './parameterFaults';
import { refuseParamsSetTwice } from './paramsSetTwice';
import { readItemToken } from './token/tokenParameter';
import {
	buildPlainAmountError,
	isPlainAmount,
	refuseUncoveredParams,
	requireCoveredOperation,
} from './token/tokenRequest';

/** What the items of one run share while they are read. */
export interface ReadingRun {
	/** The host's clock. */
	time: TimeSource;
	accounts: AccountsOfRun;
	signal: AbortSignal | undefined;
	/** @throws InvalidCredentialError */
	connect(credential: Credential): Connection;
	/** The pace of the run, which its first item determines. */
	paceBy(options: Options): RunPace;
}

/** The parameters that reads and writes share. Stripe was not asked for anything yet. */
export interface ItemReading {
	context: IExecuteFunctions;
	run: ReadingRun;
	credential: ReturnType<typeof readCredential>;
	read: ParameterReader;
	operation: StripeOperation;
	/** Whether a model decided that the node runs. */
	isByModel: boolean;
	/** The token of the item, and the operation for which it may be used; undefined for a read. */
	token?: ItemToken;
	request: ItemRequest;
}

interface ItemToken {
	entryId: string;
	hash: string;
	/** The operation for which it can be issued. */
	operation: IntentOperation;
}

/**
 * Reads the parameters of one item, from the credential to the request. The token is checked before anything is read from Stripe.
 */
export async function readItemRequest(
	context: IExecuteFunctions,
	index: number,
	run: ReadingRun,
): Promise<ItemReading> {
	refuseOwnErrorItem(context, index);
	const credential = readCredential(await context.getCredentials('stripeIdempotentApi', index));
	const connection = run.connect(credential);
	const input = new InputReader(context, index, stripeCatalog);
	// `isToolExecution()` is false in n8n's Agent v3, but the node type always tells.
	const isTool = isToolType(nodeOfRun(context).type);
	refuseModelChoice(input, isTool);
	const isByModel = isCalledByModel(context);
	const general = readOptions(input, { isTool, isByModel }, credential);
	const read = new ParameterReader(input);
	const operation = findStripeOperation(read);
	const options = addIncludes(addOwnCap(general, operation, read), operation, read);
	if (operation.kind === 'write' && !options.isCheckOnly && !options.approvedCheck)
		refuseCheckedItem(context, index);
	const name = `${read.text('resource')}.${operation.value}`;
	refuseLoginForModel(operation, isByModel);
	const token =
		operation.kind === 'write'
			? readCoveredToken(context, index, { read, name, isRequired: options.requireToken })
			: undefined;
	const path = operation.path(read);
	const expand = options.expand.length > 0 ? { expand: toExpandPaths(operation, options.expand) } : {};
	const params = toCanonicalParams({ ...operation.params?.(read), ...expand });
	refuseParamsSetTwice(operation, read);
	const { signal } = run;
	const given = { index, name, connection, options, pace: run.paceBy(options), signal, path, params };
	const request = limitToCustomer(operation, given);
	refuseLossByModel(operation, request, isByModel);
	if (operation.kind === 'write' || operation.kind === 'read')
		refuseParameterFaults(operation, read, request);
	return { context, run, credential, read, operation, isByModel, token, request };
}

/**
 * Adds the limit of the operation itself to the limits of all operations.
 *
 * @throws ItemError
 */
function addOwnCap(options: Options, operation: StripeOperation, read: ParameterReader): Options {
	const own = operation.kind === 'write' ? operation.cap?.(read) : undefined;
	return own ? { ...options, caps: { ...options.caps, own } } : options;
}

/** Adds what a read includes, beside Expand. */
function addIncludes(options: Options, operation: StripeOperation, read: ParameterReader): Options {
	const references = readIncludes(operation, read);
	if (references.length === 0) return options;
	return { ...options, expand: [...new Set([...options.expand, ...references])] };
}

/** @throws ItemError if the operation does not support tokens, or the token does not cover the parameters */
function readCoveredToken(
	context: IExecuteFunctions,
	index: number,
	{ read, name, isRequired }: { read: ParameterReader; name: string; isRequired: boolean },
): ItemToken | undefined {
	const token = readItemToken(context, index, isRequired);
	if (!token) return undefined;
	const operation = requireCoveredOperation(name);
	refuseUncoveredFields(operation, read);
	return { ...token, operation };
}

/**
 * Refuses a model operations that give up money for good.
 *
 * @throws ItemError
 */
function refuseLossByModel(
	operation: StripeOperation,
	{ params, path }: Pick<ItemRequest, 'params' | 'path'>,
	isByModel: boolean,
): void {
	if (!isByModel || operation.kind !== 'write') return;
	const { byPersonOnly = false } = operation;
	if (!(typeof byPersonOnly === 'function' ? byPersonOnly(params, path) : byPersonOnly)) return;
	throw new ItemError(
		operation.action,
		'can give up money permanently, so an AI agent cannot do it',
		'Let a person decide it, in a workflow without an agent.',
		'blocked',
	);
}

/**
 * Refuses a model operations that create a login link, because anyone who has it acts as the customer.
 *
 * @throws ItemError
 */
function refuseLoginForModel(operation: StripeOperation, isByModel: boolean): void {
	if (!isByModel || operation.kind !== 'read' || !operation.isLogin) return;
	throw new ItemError(
		operation.name,
		'would give a link that logs in as the customer to an AI agent',
		'Create the link in a workflow, and send it to the customer there.',
	);
}

/**
 * Checked before the amount, for which the object may have to be read.
 *
 * @throws ItemError
 */
function refuseUncoveredFields(operation: IntentOperation, read: ParameterReader): void {
	const beside = toCanonicalParams(read.additionalFields());
	refuseAmbiguousNames(beside);
	refuseUncoveredParams(operation, Object.keys(beside));
	const amount = read.value('amount') ?? '';
	if (amount !== '' && !isPlainAmount(operation, amount)) throw buildPlainAmountError();
}

/**
 * Refuses two names that Stripe would read as one.
 *
 * @throws ItemError
 */
export function refuseAmbiguousNames(params: Params): void {
	const name = findAmbiguousName(params);
	if (name === undefined) return;
	throw new ItemError(
		`A parameter is called "${name}", which`,
		'can be read as a different one',
		'Write parameters one inside the other, as in {"metadata": {"order": "1001"}} and {"items": [{"price": "price_1"}]}, without brackets in their names.',
	);
}

/** @throws ItemError for a request that would link an object to another entry, or remove its own link */
export function refuseForeignEntry({ path, params }: Pick<ItemRequest, 'path' | 'params'>): void {
	// A create request replaces this value with its own.
	const own = 'its own';
	const sent = sentParamsOf({ params, added: toEntryMetadata(path, params, own) });
	if (!namesForeignEntry(sent, own)) return;
	throw new ItemError(
		`Metadata "${ENTRY_METADATA}"`,
		'belongs to the ledger, which finds by it what it has sent',
		'Remove it: it is added automatically where an object is created. Copy and clear only your own keys, one by one.',
	);
}

/** In lists, Stripe expects the path of a reference from the list: `data.customer` (docs.stripe.com/expand#lists). */
function toExpandPaths({ kind }: StripeOperation, references: string[]): string[] {
	if (kind !== 'list' && kind !== 'search') return references;
	return references.map((name) => (/^data(?:\.|$)/.test(name) ? name : `data.${name}`));
}

/**
 * Returns whether the operation of the first item, which determines the outputs in n8n, sends nothing. If it is not known, it
 * counts as sending.
 */
export function isReadOnly(context: IExecuteFunctions): boolean {
	try {
		const read = new ParameterReader(new InputReader(context, 0, stripeCatalog));
		return findStripeOperation(read).kind !== 'write';
	} catch {
		return false;
	}
}
