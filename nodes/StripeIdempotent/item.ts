import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

import type { IExecuteFunctions } from 'n8n-workflow';
import { isToolType } from 'n8n-workflow';

import type { Spending } from '../../ledger/rules/intent';
import type { Identity, Scope } from '../../ledger/identity/key';
import { deriveIdentity } from '../../ledger/identity/key';
import { markOf } from '../../ledger/identity/keySecret';
import type { Params } from '../../ledger/model/request';
import { canonicalParams, fingerprintOf, sentParams } from '../../ledger/model/request';
import type { Time } from '../../ledger/clock';
import type { ClaimRequest } from '../../ledger/rules/claim';
import type { Connection } from '../../stripe/api/connection';
import { connect } from '../../stripe/api/connection';
import type { StripeObject } from '../../stripe/reconcile/finding';
import { entryIdAsMetadata } from '../../stripe/objects/metadata';
import { ambiguousName } from '../../stripe/api/parameterNames';
import { withoutSecrets } from '../../stripe/api/redact';
import { leaseMs } from '../../stripe/api/retry';
import { afterRejection } from '../shared/key/afterRejection';
import { InputReader } from '../shared/parameters/inputReader';
import { readKeyFields } from '../shared/key/keyParameters';
import { refuseVolatileKey } from '../shared/key/unstableKey';
import type { IntentOperation } from '../shared/stripe/intentOperations';
import { originOf } from '../shared/run/origin';
import { refuseOwnErrorItem } from '../shared/run/errorItemGuard';
import { Refusal } from '../shared/run/error';
import type { AccountsOfRun } from '../shared/stripe/resolveAccount';
import { accountFor } from '../shared/stripe/resolveAccount';
import { declared } from './description';
import type { Caps } from './cap';
import { CAP_LABELS } from './cap';
import { intentOperations } from '../shared/stripe/intentOperations';
import { operationOf } from './operations';
import type { Operation, WriteOperation } from './operations/operation';
import type { Options } from './options';
import { readOptions, refuseModelsChoice } from './options';
import { refuseParameterFaults } from '../shared/parameters/parameterFaults';
import { ParameterReader } from '../shared/parameters/parameterReader';
import { getObject } from './readOperation';
import { renewing } from './renewing';
import { spendingOf } from './token/requestedSpend';
import { storedCredential } from '../shared/stripe/credential';
import { tokenOfItem } from './token/tokenParameter';
import {
	coveredOperation,
	isPlainAmount,
	notPlainAmount,
	refuseBesideToken,
	refuseUnlikeToken,
} from './token/tokenRequest';

interface Asked {
	index: number;
	connection: Connection;
	options: Options;
	path: string;
	params: Params;
}

/** What one input item asks for, read from its parameters. Nothing has been sent for it yet. */
export type Item = ReadItem | WriteItem;

export type ReadItem = Asked & {
	kind: 'read';
	operation: Exclude<Operation, WriteOperation>;
	/** How many objects a list may give. */
	most: number;
};

export type WriteItem = Asked & {
	kind: 'write';
	method: 'POST' | 'DELETE';
	claim: ClaimRequest;
	/** What it would move, where that is held against a token or a limit. */
	spending?: Spending;
};

/**
 * Reads the parameters of an item, from the credential to the entry's identity.
 *
 * @throws Refusal, KeyRefusal, ParamRefusal, CredentialRefusal, NotSent: the item leaves with it, and nothing was sent
 */
export async function readItem(
	context: IExecuteFunctions,
	index: number,
	time: Time,
	accounts: AccountsOfRun,
): Promise<Item> {
	refuseOwnErrorItem(context, index);
	const credential = storedCredential(await context.getCredentials('stripeIdempotentApi', index));
	const connection = connect(credential, time);
	const input = new InputReader(context, index, declared);
	// `isToolExecution()` is false under n8n's Agent v3; the type's name tells it always.
	const asTool = isToolType(context.getNode().type);
	refuseModelsChoice(input, asTool);
	const options = readOptions(input, asTool);
	const read = new ParameterReader(input, (path) =>
		getObject({ connection, options }, path, time, 'Fill in Currency, or run it again later.'),
	);
	const operation = operationOf(read);
	const name = `${read.text('resource')}.${operation.value}`;
	// Before Stripe is asked anything for it.
	const token = operation.kind === 'write' ? tokenOfItem(context, index, options.requireToken) : undefined;
	const covered = token && coveredOperation(name);
	if (covered) refuseBeside(covered, read);
	const path = operation.path(read);
	const expand = options.expand.length > 0 ? { expand: expandable(operation, options.expand) } : {};
	const params = canonicalParams({ ...(await operation.params?.(read)), ...expand });
	const asked = { index, connection, options, path, params };
	if (operation.kind !== 'write') {
		const most = operation.kind === 'read' ? 1 : read.mostResults();
		return { ...asked, kind: 'read', operation, most };
	}
	refuseAmbiguousNames(params);
	if (covered) refuseUnlikeToken(covered, params);
	refuseParameterFaults(operation, asked);
	operation.check?.(read, params);
	const { method = 'POST' } = operation;
	const scope = {
		mode: connection.mode,
		account: await accountFor(asked, credential.accountId, accounts, time),
	};
	const get = (of: string) => getObject({ connection, options }, of, time);
	const additions = {
		...additionsOf(operation, read, asked, get),
		...renewing({ connection, options, request: { method, path, params } }),
		harmless: harmlessOf(operation, params),
	};
	if (!token) await refuseVolatileKey(context, index, time);
	const claim = claimOf(context, { ...asked, ...additions, method }, scope, () => {
		const onWhat = operation.target ? `${name} ${operation.target(read)}` : name;
		if (token) return { entryId: token.entryId, fields: [], operation: onWhat };
		const fields = readKeyFields(context, index);
		const keySecret = markOf(scope, credential.keySecret);
		const identity = deriveIdentity(scope, onWhat, fields, credential.keySecret);
		return { ...identity, operation: onWhat, keySecret };
	});
	if (!token && !isCapped(name, method, options.caps)) return { ...asked, kind: 'write', method, claim };
	const { spending, frozen } = await spendingOf({ name, path, params }, get);
	const bound = { ...claim, ...withFrozen(additions, frozen) };
	if (!token) return { ...asked, kind: 'write', method, claim: bound, spending };
	const byToken = { ...bound, token: { hash: token.hash, spending } };
	return { ...asked, kind: 'write', method, claim: byToken, spending };
}

/** @throws Refusal where it cannot be told how much a request would move */
function isCapped(name: string, method: string, { perItem, perRun }: Caps): boolean {
	if (!perItem && !perRun) return false;
	if (intentOperations.some((moving) => moving === name)) return true;
	if (name !== 'customApiCall.request') return false;
	throw new Refusal(
		perItem ? CAP_LABELS.chargeAtMostPerItem : CAP_LABELS.chargeAtMostPerRun,
		`cannot be checked for a ${method} of Custom API Call`,
		'Use the operation of the resource, or remove the option here.',
	);
}

/**
 * What is sent beside the user's own parameters: the entry's id, and what the operation adds. Where it needs an object for
 * that, the object is read for a new attempt only: what stands in the ledger needs no question.
 */
function additionsOf(
	operation: WriteOperation,
	read: ParameterReader,
	{ path, params }: Asked,
	get: (path: string) => Promise<StripeObject>,
): Pick<ClaimRequest, 'adds' | 'readFirst'> {
	const objectPath = operation.reads?.(read);
	const add = (object: StripeObject): ClaimRequest['adds'] => {
		const added = canonicalParams(operation.adds?.(read, params, object) ?? {});
		const all = (entryId: string) =>
			sentParams({ params: added, added: entryIdAsMetadata(path, params, entryId) });
		return (entryId) => unlessSecret(all(entryId));
	};
	if (objectPath === undefined) return { adds: add({}) };
	return { readFirst: async () => ({ adds: add(await get(objectPath)) }) };
}

function harmlessOf({ harmless }: WriteOperation, asked: Params): ClaimRequest['harmless'] {
	return typeof harmless === 'function' ? harmless(asked) : harmless;
}

/** What a token was compared with is what is sent: the amount that was read goes into the request. */
function withFrozen({ adds, readFirst }: Additions, frozen: Params): Additions {
	const also =
		(add: ClaimRequest['adds']): ClaimRequest['adds'] =>
		(entryId) =>
			sentParams({ params: add?.(entryId) ?? {}, added: frozen });
	return readFirst
		? {
				readFirst: async (standing) => {
					const read = await readFirst(standing);
					return { ...read, adds: also(read.adds) };
				},
			}
		: { adds: also(adds) };
}

type Additions = Pick<ClaimRequest, 'adds' | 'readFirst'>;

/** It stands in the ledger as it is sent. */
function unlessSecret(added: Params): Params {
	if (isDeepStrictEqual(withoutSecrets(added), added)) return added;
	throw new RangeError('An operation adds a secret to a request: it would have to stand in the ledger');
}

/** Looked at before the amount, for which the object may have to be read. @throws Refusal */
function refuseBeside(operation: IntentOperation, read: ParameterReader): void {
	const beside = canonicalParams(read.additionalFields());
	refuseAmbiguousNames(beside);
	refuseBesideToken(operation, Object.keys(beside));
	const amount = read.value('amount') ?? '';
	if (amount !== '' && !isPlainAmount(amount)) throw notPlainAmount();
}

function refuseAmbiguousNames(params: Params): void {
	const name = ambiguousName(params);
	if (name === undefined) return;
	throw new Refusal(
		`A parameter is called "${name}", which`,
		'can be read as another one',
		'Write parameters one inside the other, as in {"metadata": {"order": "1001"}} and {"items": [{"price": "price_1"}]}, without brackets in their names.',
	);
}

/** In lists Stripe wants the references named from the list on: `data.customer` (docs.stripe.com/expand#lists). */
function expandable({ kind }: Operation, references: string[]): string[] {
	if (kind !== 'list' && kind !== 'search') return references;
	return references.map((name) => (/^data(?:\.|$)/.test(name) ? name : `data.${name}`));
}

/** What a claim says of its attempts, beside the request itself. */
type AboutAttempts = 'adds' | 'readFirst' | 'readEarlier' | 'samePayment' | 'harmless';

function claimOf(
	context: IExecuteFunctions,
	{
		index,
		options,
		method,
		path,
		params,
		...additions
	}: Asked & Pick<ClaimRequest, AboutAttempts> & { method: 'POST' | 'DELETE' },
	scope: Scope,
	identify: () => Identity & Pick<ClaimRequest, 'operation' | 'keySecret'>,
): ClaimRequest {
	const identity = identify();
	const shown = withoutSecrets(params);
	const { apiVersion, stripeAccount } = options;
	const kept = { method, path, apiVersion, ...(stripeAccount ? { stripeAccount } : {}) };
	return {
		...scope,
		...identity,
		fields: withoutSecrets(identity.fields),
		fingerprint: fingerprintOf({ method, path, params }),
		request: { ...kept, params: options.storeParameters ? shown : {} },
		paramsStored: options.storeParameters,
		...additions,
		compared: params,
		holder: randomUUID(),
		leaseMs: leaseMs(options),
		retentionMs: options.retentionMs,
		settleMs: options.settleMs,
		...afterRejection(context, options.afterRejection),
		origin: originOf(context, index),
	};
}
