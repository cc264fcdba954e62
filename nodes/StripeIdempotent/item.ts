import { randomUUID } from 'node:crypto';

import type { IExecuteFunctions } from 'n8n-workflow';
import { isToolType } from 'n8n-workflow';

import type { RequestedSpend } from '../../ledger/rules/intent';
import type { Identity, Scope } from '../../ledger/identity/key';
import { deriveIdentity } from '../../ledger/identity/key';
import { markOf } from '../../ledger/identity/keySecret';
import type { Params } from '../../ledger/model/request';
import { toCanonicalParams, fingerprintOf } from '../../ledger/model/request';
import type { TimeSource } from '../../ledger/clock';
import type { ClaimRequest } from '../../ledger/rules/claimRequest';
import type { Connection } from '../../stripe/api/connection';
import { connect } from '../../stripe/api/connection';
import { findAmbiguousName } from '../../stripe/api/parameterNames';
import type { RunPace } from '../../stripe/api/rateLimiter';
import { redactSecrets } from '../../stripe/api/redact';
import { leaseDurationMs } from '../../stripe/api/retry';
import { resolveAfterRejection } from '../shared/key/afterRejection';
import { InputReader } from '../shared/parameters/inputReader';
import { readKeyFields } from '../shared/key/keyParameters';
import { refuseUnstableKey } from '../shared/key/unstableKey';
import type { IntentOperation } from '../../payments/intentOperations';
import { readOrigin } from '../shared/run/origin';
import { refuseOwnErrorItem } from '../shared/run/errorItemGuard';
import { ItemError } from '../shared/run/error';
import type { AccountsOfRun } from '../../payments/resolveAccount';
import { requireAccount } from '../shared/stripe/requireAccount';
import { addFrozenParams, buildAdditions, prepareAddition } from './additions';
import { stripeCatalog } from './description';
import { CAP_LABELS } from './cap';
import { findIntentOperation } from '../../payments/intentOperations';
import { movesNoMoney } from './movesNoMoney';
import { findStripeOperation } from './operations';
import type { OperationClass, StripeOperation, WriteOperation } from './operations/operation';
import type { Options } from './options';
import { readOptions, refuseModelChoice } from './options';
import { refuseParameterFaults } from './parameterFaults';
import { ParameterReader } from '../shared/parameters/parameterReader';
import { addMeasuring, ItemReads } from './measuring';
import { isMeasured } from '../../payments/expectedSpend';
import { classOf, readObjectKey } from './objectKey';
import { buildRenewal } from './renewing';
import type { TerminalRequest } from '../../payments/lookAtObject';
import { readRequestedSpend } from '../../payments/requestedSpend';
import { readCredential } from '../shared/stripe/credential';
import { readItemToken } from './token/tokenParameter';
import {
	requireCoveredOperation,
	isPlainAmount,
	buildPlainAmountError,
	refuseUncoveredParams,
	refuseMismatchedParams,
} from './token/tokenRequest';

interface ItemRequest {
	index: number;
	/** Resource and operation: `refund.create`. */
	name: string;
	connection: Connection;
	options: Options;
	pace: RunPace;
	signal: AbortSignal | undefined;
	path: string;
	params: Params;
}

/** What the items of one run have in common while they are read. */
export interface ReadingRun {
	/** The host's. */
	time: TimeSource;
	accounts: AccountsOfRun;
	signal: AbortSignal | undefined;
	/** How fast the run asks Stripe, which its first item decides. */
	paceBy(options: Options): RunPace;
}

/** What one input item asks for, read from its parameters. Nothing has been sent for it yet. */
export type Item = ReadItem | WriteItem;

export type ReadItem = ItemRequest & {
	kind: 'read';
	operation: Exclude<StripeOperation, WriteOperation>;
	/** How many objects a list may give. */
	most: number;
};

export type WriteItem = ItemRequest & {
	kind: 'write';
	method: 'POST' | 'DELETE';
	claim: ClaimRequest;
	class: OperationClass;
	/** Set where nothing can undo it: its object is looked at before it is sent. */
	terminal?: TerminalRequest;
	/** What it would move, where that is held against a token or a limit. */
	requestedSpend?: RequestedSpend;
	/** That is read for each attempt, and stands in its entry. */
	isMeasured?: true;
};

/**
 * Reads the parameters of an item, from the credential to the entry's identity.
 *
 * @throws ItemError, InvalidKeyFieldError, InvalidParamError, InvalidCredentialError, PreflightError: the item leaves with it, and nothing was sent
 */
export async function readItem(context: IExecuteFunctions, index: number, run: ReadingRun): Promise<Item> {
	const { time, accounts, signal } = run;
	refuseOwnErrorItem(context, index);
	const credential = readCredential(await context.getCredentials('stripeIdempotentApi', index));
	const connection = connect(credential, time);
	const input = new InputReader(context, index, stripeCatalog);
	// `isToolExecution()` is false under n8n's Agent v3; the type's name tells it always.
	const isTool = isToolType(context.getNode().type);
	refuseModelChoice(input, isTool);
	const options = readOptions(input, isTool);
	const read = new ParameterReader(input);
	const operation = findStripeOperation(read);
	const name = `${read.text('resource')}.${operation.value}`;
	refuseLoginForModel(operation, isTool);
	// Before Stripe is asked anything for it.
	const token =
		operation.kind === 'write' ? readItemToken(context, index, options.requireToken) : undefined;
	const tokenOperation = token && requireCoveredOperation(name);
	if (tokenOperation) refuseUncoveredFields(tokenOperation, read);
	const path = operation.path(read);
	const expand = options.expand.length > 0 ? { expand: toExpandPaths(operation, options.expand) } : {};
	const params = toCanonicalParams({ ...operation.params?.(read), ...expand });
	const reading = { connection, options, pace: run.paceBy(options), signal };
	refuseLossByModel(operation, params, isTool);
	const request = { index, name, ...reading, path, params };
	if (operation.kind !== 'write') {
		const most = operation.kind === 'read' ? 1 : read.maxResults();
		return { ...request, kind: 'read', operation, most };
	}
	refuseAmbiguousNames(params);
	const method = methodOf(operation, read);
	const reads = new ItemReads(reading, time);
	const { get } = reads;
	const comparedOperation = tokenOperation ?? findCappedOperation(operation, request);
	const measured = comparedOperation && isMeasured(comparedOperation) ? comparedOperation : undefined;
	const isCompared = comparedOperation !== undefined && measured === undefined;
	const addition = await prepareAddition(operation, read, { params, isCompared }, get);
	if (tokenOperation) refuseMismatchedParams(tokenOperation, addition.knownParams);
	refuseParameterFaults(operation, request);
	operation.check?.(read, params);
	const scope = {
		mode: connection.mode,
		account: await requireAccount(request, credential.accountId, accounts, time),
	};
	const added = buildAdditions(request, addition);
	const additions = {
		...(measured
			? addMeasuring(added, { operation: measured, path, params }, reads, connection.clock)
			: added),
		...buildRenewal({ ...reading, request: { method, path, params } }),
		harmless: harmlessOf(operation, params),
	};
	if (!token) await refuseUnstableKey(context, index, time);
	const operationClass = classOf(operation, { params, method });
	const isByObject = !token && context.getNodeParameter('keySource', index, 'fields') === 'object';
	const target = operation.target?.(read) ?? '';
	const objectKey = isByObject
		? await readObjectKey(operation, target, { ...reading, method, path, params }, time)
		: undefined;
	const terminal = operationClass === 'terminal' && !token ? { created: objectKey?.created } : undefined;
	// A model begins nothing anew: it is told what came of it.
	const looksAtObject = objectKey && !isTool ? ({ looksAtObject: true } as const) : {};
	const claim = buildClaimRequest(
		context,
		{ index, options, method, path, params, ...additions, ...looksAtObject },
		scope,
		() => {
			const operationName = operation.target ? `${name} ${target}` : name;
			if (token) return { entryId: token.entryId, fields: [], operation: operationName };
			const fields = objectKey?.fields ?? readKeyFields(context, index);
			const keySecret = markOf(scope, credential.keySecret);
			const identity = deriveIdentity(scope, operationName, fields, credential.keySecret);
			return { ...identity, operation: operationName, keySecret };
		},
	);
	const written = { ...request, kind: 'write', method, class: operationClass, terminal } as const;
	if (!comparedOperation) return { ...written, claim };
	if (isMeasured(comparedOperation)) {
		const measuredClaim = token ? { ...claim, token: { hash: token.hash } } : claim;
		return { ...written, claim: measuredClaim, isMeasured: true };
	}
	const spend = { operation: comparedOperation, path, params: addition.knownParams };
	const { requestedSpend, frozen } = await readRequestedSpend(spend, get);
	const boundClaim = { ...claim, ...addFrozenParams(additions, frozen) };
	if (!token) return { ...written, claim: boundClaim, requestedSpend };
	const claimWithToken = { ...boundClaim, token: { hash: token.hash, requestedSpend } };
	return { ...written, claim: claimWithToken, requestedSpend };
}

/** What is lost for good is lost by a person. @throws ItemError */
function refuseLossByModel(operation: StripeOperation, params: Params, isTool: boolean): void {
	if (!isTool || operation.kind !== 'write') return;
	const { byPersonOnly = false } = operation;
	if (!(typeof byPersonOnly === 'function' ? byPersonOnly(params) : byPersonOnly)) return;
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

/** @throws ItemError where a limit is set, and it cannot be told how much a request would move */
function findCappedOperation(
	{ action }: WriteOperation,
	{ name, params, options }: Pick<ItemRequest, 'name' | 'params' | 'options'>,
): IntentOperation | undefined {
	const { perItem, perRun } = options.caps;
	if (!perItem && !perRun) return undefined;
	const operation = findIntentOperation(name);
	if (operation || movesNoMoney(name, params)) return operation;
	throw new ItemError(
		perItem ? CAP_LABELS.chargeAtMostPerItem : CAP_LABELS.chargeAtMostPerRun,
		`is set, but the request "${action}" does not tell how much it would move`,
		'Nothing was sent. Use an operation that names its amount, or remove the option here once a person has checked the amount.',
	);
}

function methodOf({ method = 'POST' }: WriteOperation, read: ParameterReader): 'POST' | 'DELETE' {
	return typeof method === 'function' ? method(read) : method;
}

function harmlessOf({ harmless }: WriteOperation, params: Params): ClaimRequest['harmless'] {
	return typeof harmless === 'function' ? harmless(params) : harmless;
}

/** Looked at before the amount, for which the object may have to be read. @throws ItemError */
function refuseUncoveredFields(operation: IntentOperation, read: ParameterReader): void {
	const beside = toCanonicalParams(read.additionalFields());
	refuseAmbiguousNames(beside);
	refuseUncoveredParams(operation, Object.keys(beside));
	const amount = read.value('amount') ?? '';
	if (amount !== '' && !isPlainAmount(operation, amount)) throw buildPlainAmountError();
}

function refuseAmbiguousNames(params: Params): void {
	const name = findAmbiguousName(params);
	if (name === undefined) return;
	throw new ItemError(
		`A parameter is called "${name}", which`,
		'can be read as a different one',
		'Write parameters one inside the other, as in {"metadata": {"order": "1001"}} and {"items": [{"price": "price_1"}]}, without brackets in their names.',
	);
}

/** In lists Stripe wants the references named from the list on: `data.customer` (docs.stripe.com/expand#lists). */
function toExpandPaths({ kind }: StripeOperation, references: string[]): string[] {
	if (kind !== 'list' && kind !== 'search') return references;
	return references.map((name) => (/^data(?:\.|$)/.test(name) ? name : `data.${name}`));
}

/** What a claim says of its attempts, beside the request itself. */
type AttemptFields =
	| ('addParams' | 'readFirst' | 'comparedParams' | 'readEarlier' | 'samePayment' | 'harmless')
	| 'looksAtObject';

function buildClaimRequest(
	context: IExecuteFunctions,
	{
		index,
		options,
		method,
		path,
		params,
		...additions
	}: Pick<WriteItem, 'index' | 'options' | 'method' | 'path' | 'params'> &
		Pick<ClaimRequest, AttemptFields>,
	scope: Scope,
	identify: () => Identity & Pick<ClaimRequest, 'operation' | 'keySecret'>,
): ClaimRequest {
	const identity = identify();
	const redactedParams = redactSecrets(params);
	const { apiVersion, stripeAccount } = options;
	const requestFields = { method, path, apiVersion, ...(stripeAccount ? { stripeAccount } : {}) };
	return {
		...scope,
		...identity,
		fields: redactSecrets(identity.fields),
		fingerprint: fingerprintOf({ method, path, params }),
		request: { ...requestFields, params: options.storeParameters ? redactedParams : {} },
		paramsStored: options.storeParameters,
		...additions,
		claimId: randomUUID(),
		leaseMs: leaseDurationMs(options),
		retentionMs: options.retentionMs,
		settleAfterMs: options.settleMs,
		...resolveAfterRejection(context, options.afterRejection),
		origin: readOrigin(context, index),
	};
}
