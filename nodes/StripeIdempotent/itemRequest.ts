import type { IExecuteFunctions } from 'n8n-workflow';
import { isToolType } from 'n8n-workflow';

import type { TimeSource } from '../../ledger/clock';
import type { Params } from '../../ledger/model/request';
import { sentParamsOf, toCanonicalParams } from '../../ledger/model/request';
import type { IntentOperation } from '../../payments/intentOperations';
import type { AccountsOfRun } from '../../payments/resolveAccount';
import type { Connection, Credential } from '../../stripe/api/connection';
import { findAmbiguousName } from '../../stripe/api/parameterNames';
import { ENTRY_METADATA, namesForeignEntry, toEntryMetadata } from '../../stripe/objects/metadata';
import type { RunPace } from '../../stripe/api/rateLimiter';
import { InputReader } from '../shared/parameters/inputReader';
import { ParameterReader } from '../shared/parameters/parameterReader';
import { ItemError } from '../shared/run/error';
import { refuseCheckedItem, refuseOwnErrorItem } from '../shared/run/ownItemGuard';
import { nodeOfRun } from '../shared/run/nodeOfRun';
import { readCredential } from '../shared/stripe/credential';
import { stripeCatalog } from './description';
import type { ItemRequest } from './item';
import { findStripeOperation } from './operations';
import type { StripeOperation } from './operations/operation';
import type { Options } from './options';
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

/** What the items of one run have in common while they are read. */
export interface ReadingRun {
	/** The host's. */
	time: TimeSource;
	accounts: AccountsOfRun;
	signal: AbortSignal | undefined;
	/** @throws InvalidCredentialError */
	connect(credential: Credential): Connection;
	/** How fast the run asks Stripe, which its first item decides. */
	paceBy(options: Options): RunPace;
}

/** What reads and writes are read into alike: Stripe was asked nothing for it yet. */
export interface ItemReading {
	context: IExecuteFunctions;
	run: ReadingRun;
	credential: ReturnType<typeof readCredential>;
	read: ParameterReader;
	operation: StripeOperation;
	/** Whether an AI model has filled in the parameters. */
	isTool: boolean;
	/** With which the item comes; nothing for a read. */
	token?: ItemToken;
	request: ItemRequest;
}

interface ItemToken {
	entryId: string;
	hash: string;
	/** For which it may be given. */
	operation: IntentOperation;
}

/** The parameters of one item, from the credential to the request. The token comes before all that may ask Stripe. */
export async function readItemRequest(
	context: IExecuteFunctions,
	index: number,
	run: ReadingRun,
): Promise<ItemReading> {
	refuseOwnErrorItem(context, index);
	const credential = readCredential(await context.getCredentials('stripeIdempotentApi', index));
	const connection = run.connect(credential);
	const input = new InputReader(context, index, stripeCatalog);
	// `isToolExecution()` is false under n8n's Agent v3; the type's name tells it always.
	const isTool = isToolType(nodeOfRun(context).type);
	refuseModelChoice(input, isTool);
	const general = readOptions(input, isTool, credential.keySecret);
	const read = new ParameterReader(input);
	const operation = findStripeOperation(read);
	const options = addOwnCap(general, operation, read);
	if (operation.kind === 'write' && !options.isCheckOnly && !options.approvedCheck)
		refuseCheckedItem(context, index);
	const name = `${read.text('resource')}.${operation.value}`;
	refuseLoginForModel(operation, isTool);
	const token =
		operation.kind === 'write'
			? readCoveredToken(context, index, { read, name, isRequired: options.requireToken })
			: undefined;
	const path = operation.path(read);
	const expand = options.expand.length > 0 ? { expand: toExpandPaths(operation, options.expand) } : {};
	const params = toCanonicalParams({ ...operation.params?.(read), ...expand });
	refuseParamsSetTwice(operation, read);
	const { signal } = run;
	const request = { index, name, connection, options, pace: run.paceBy(options), signal, path, params };
	refuseLossByModel(operation, request, isTool);
	if (operation.kind === 'write' || operation.kind === 'read')
		refuseParameterFaults(operation, read, request);
	return { context, run, credential, read, operation, isTool, token, request };
}

/** What the operation itself is allowed at most, beside what counts for all. @throws ItemError */
function addOwnCap(options: Options, operation: StripeOperation, read: ParameterReader): Options {
	const own = operation.kind === 'write' ? operation.cap?.(read) : undefined;
	return own ? { ...options, caps: { ...options.caps, own } } : options;
}

/** @throws ItemError for what no token is given for, and for what a token does not cover */
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

/** What is lost for good is lost by a person. @throws ItemError */
function refuseLossByModel(
	operation: StripeOperation,
	{ params, path }: Pick<ItemRequest, 'params' | 'path'>,
	isTool: boolean,
): void {
	if (!isTool || operation.kind !== 'write') return;
	const { byPersonOnly = false } = operation;
	if (!(typeof byPersonOnly === 'function' ? byPersonOnly(params, path) : byPersonOnly)) return;
	throw new ItemError(
		operation.action,
		'can give up money for good, so an AI agent cannot do it',
		'Let a person decide it, in a workflow without an agent.',
		'blocked',
	);
}

/** Whoever has the link acts as the customer: it is no model's business. @throws ItemError */
function refuseLoginForModel(operation: StripeOperation, isTool: boolean): void {
	if (!isTool || operation.kind !== 'read' || !operation.isLogin) return;
	throw new ItemError(
		operation.name,
		'would give a link that logs in as the customer to an AI agent',
		'Create the link in a workflow, and send it to the customer there.',
	);
}

/** Looked at before the amount, for which the object may have to be read. @throws ItemError */
function refuseUncoveredFields(operation: IntentOperation, read: ParameterReader): void {
	const beside = toCanonicalParams(read.additionalFields());
	refuseAmbiguousNames(beside);
	refuseUncoveredParams(operation, Object.keys(beside));
	const amount = read.value('amount') ?? '';
	if (amount !== '' && !isPlainAmount(operation, amount)) throw buildPlainAmountError();
}

/** Two names that Stripe would read as one. @throws ItemError */
export function refuseAmbiguousNames(params: Params): void {
	const name = findAmbiguousName(params);
	if (name === undefined) return;
	throw new ItemError(
		`A parameter is called "${name}", which`,
		'can be read as a different one',
		'Write parameters one inside the other, as in {"metadata": {"order": "1001"}} and {"items": [{"price": "price_1"}]}, without brackets in their names.',
	);
}

/** @throws ItemError for an object that would pass for what another entry has sent, or no longer for what its own has */
export function refuseForeignEntry({ path, params }: Pick<ItemRequest, 'path' | 'params'>): void {
	// What a request that creates an object says in that place is replaced.
	const own = 'its own';
	const sent = sentParamsOf({ params, added: toEntryMetadata(path, params, own) });
	if (!namesForeignEntry(sent, own)) return;
	throw new ItemError(
		`Metadata "${ENTRY_METADATA}"`,
		'belongs to the ledger, which finds by it what it has sent',
		'Remove it: it is added automatically where an object is created. Copy and clear only your own keys, one by one.',
	);
}

/** In lists Stripe wants the references named from the list on: `data.customer` (docs.stripe.com/expand#lists). */
function toExpandPaths({ kind }: StripeOperation, references: string[]): string[] {
	if (kind !== 'list' && kind !== 'search') return references;
	return references.map((name) => (/^data(?:\.|$)/.test(name) ? name : `data.${name}`));
}

/** Whether the operation of the first item, which n8n draws the node by, sends nothing. What cannot be told may send. */
export function isReadOnly(context: IExecuteFunctions): boolean {
	try {
		const read = new ParameterReader(new InputReader(context, 0, stripeCatalog));
		return findStripeOperation(read).kind !== 'write';
	} catch {
		return false;
	}
}
