import { randomUUID } from 'node:crypto';

import type { IExecuteFunctions } from 'n8n-workflow';
import { isToolType } from 'n8n-workflow';

import type { Origin, Outcome } from '../../ledger/entry';
import type { Identity, Scope } from '../../ledger/key';
import { deriveIdentity } from '../../ledger/key';
import type { Params } from '../../ledger/request';
import { canonicalParams, fingerprintOf } from '../../ledger/request';
import type { Time } from '../../ledger/time';
import type { ClaimRequest } from '../../ledger/transitions';
import { accountOf } from '../../stripe/account';
import type { Connection } from '../../stripe/connection';
import { connect } from '../../stripe/connection';
import { withoutSecrets } from '../../stripe/redact';
import { leaseMs } from '../../stripe/retry';
import { readKeyFields } from '../shared/keyParameters';
import { Refusal } from '../shared/refusal';
import { operationOf } from './operations';
import type { Operation, WriteOperation } from './operations/operation';
import type { Options } from './options';
import { readOptions } from './options';
import { ParameterReader } from './parameterReader';
import { getAccount, getObject, readWords } from './reads';
import { NotSent, nothingSent } from './refused';
import { spendingOf } from './spending';
import { accountId, storedCredential } from './storedCredential';
import { tokenOfItem } from './tokenParameter';

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

export type WriteItem = Asked & { kind: 'write'; method: 'POST' | 'DELETE'; claim: ClaimRequest };

/** What Stripe said in this run about whom a key belongs to. */
export type AccountsOfRun = Map<string, Promise<string | Outcome>>;

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
	const connection = connect(credential);
	const options = readOptions(context, index);
	const read = new ParameterReader(context, index, (path) =>
		getObject({ connection, options }, path, time),
	);
	const operation = operationOf(read);
	const path = operation.path(read);
	const expand = options.expand.length > 0 ? { expand: expandable(operation, options.expand) } : {};
	const params = canonicalParams({ ...(await operation.params?.(read)), ...expand });
	const asked = { index, connection, options, path, params };
	if (operation.kind !== 'write') {
		const most = operation.kind === 'read' ? 1 : read.mostResults();
		return { ...asked, kind: 'read', operation, most };
	}
	const { method = 'POST' } = operation;
	// Before Stripe is asked anything for it.
	const token = tokenOfItem(context, index, options.requireToken);
	const scope = {
		mode: connection.mode,
		account: await accountFor(asked, credential.accountId, accounts, time),
	};
	const name = `${read.text('resource')}.${operation.value}`;
	const claim = claimOf(context, { ...asked, method }, scope, () => {
		const onWhat = operation.target ? `${name} ${operation.target(read)}` : name;
		if (token) return { entryId: token.entryId, fields: [], operation: onWhat };
		const fields = readKeyFields(context, index);
		return { ...deriveIdentity(scope, onWhat, fields, credential.keySecret), operation: onWhat };
	});
	if (!token) return { ...asked, kind: 'write', method, claim };
	const spending = await spendingOf({ name, path, params }, (of) =>
		getObject({ connection, options }, of, time),
	);
	return { ...asked, kind: 'write', method, claim: { ...claim, token: { hash: token.hash, spending } } };
}

/** An item from this node's own error outputs has everything one level deeper: fields and keys would be empty or others. */
function refuseOwnErrorItem(context: IExecuteFunctions, index: number): void {
	const { error, input, idempotency } = context.getInputData()[index]?.json ?? {};
	const isOwn = [error, input, idempotency].every((part) => typeof part === 'object' && part !== null);
	if (!isOwn || !('outcome' in (error as object)) || !('entryId' in (idempotency as object))) return;
	throw new Refusal(
		'The item',
		'comes from an error output of this node as it is',
		'Pass on what had come in: put an Edit Fields node (mode JSON) with {{ $json.input }} in between.',
	);
}

/** In lists Stripe wants the references named from the list on: `data.customer` (docs.stripe.com/expand#lists). */
function expandable({ kind }: Operation, references: string[]): string[] {
	if (kind !== 'list' && kind !== 'search') return references;
	return references.map((name) => (/^data(?:\.|$)/.test(name) ? name : `data.${name}`));
}

function claimOf(
	context: IExecuteFunctions,
	{ index, options, method, path, params }: Asked & { method: 'POST' | 'DELETE' },
	scope: Scope,
	identify: () => Identity & { operation: string },
): ClaimRequest {
	const identity = identify();
	const shown = withoutSecrets(params);
	const kept = { method, path, apiVersion: options.apiVersion };
	return {
		...scope,
		...identity,
		fields: withoutSecrets(identity.fields),
		fingerprint: fingerprintOf({ method, path, params }),
		request: { ...kept, params: options.storeParameters ? shown : {} },
		paramsStored: options.storeParameters,
		holder: randomUUID(),
		leaseMs: leaseMs(options),
		retentionMs: options.retentionMs,
		afterRejection: afterRejection(context, options),
		origin: originOf(context, index),
	};
}

/** A person who presses Retry, or runs the node by hand, decides anew; an automation that runs again does not. */
function afterRejection(context: IExecuteFunctions, options: Options): ClaimRequest['afterRejection'] {
	if (options.afterRejection !== 'automatic') return options.afterRejection;
	// A model that calls its tool again is no person who decided anew, also where a person tries the agent out by hand.
	if (isToolType(context.getNode().type)) return 'returnStored';
	const mode = context.getMode();
	return mode === 'manual' || mode === 'retry' ? 'newAttempt' : 'returnStored';
}

function originOf(context: IExecuteFunctions, index: number): Origin {
	const { id, name } = context.getWorkflow();
	const nodeName = context.getNode().name;
	const executionId = context.getExecutionId();
	const loop = context.evaluateExpression('{{ $runIndex }}', index);
	return {
		...{ workflowId: id, workflowName: name, executionId, nodeName },
		run: JSON.stringify([executionId, nodeName, loop]),
	};
}

/** Two accounts in one ledger must never be taken for one: without an account there is no key. */
async function accountFor(
	{ connection, options }: Asked,
	given: string | undefined,
	accounts: AccountsOfRun,
	time: Time,
): Promise<string> {
	if (options.stripeAccount) return options.stripeAccount;
	if (given) return accountId(given);
	const account = await askedOnce(accounts, connection, () => getAccount({ connection, options }, time));
	if (typeof account === 'string') return account;
	throw new NotSent(nothingSent(account), accountWords(account));
}

/** An answer that did not come for the first item is not waited for again at each of the others. */
function askedOnce(accounts: AccountsOfRun, connection: Connection, ask: () => Promise<Outcome>) {
	const account = accounts.get(connection.cacheKey) ?? accountOf(connection, ask);
	accounts.set(connection.cacheKey, account);
	return account;
}

function accountWords(outcome: Outcome) {
	const what = `Nothing was sent, because Stripe did not say which account the key belongs to. ${readWords(outcome)}`;
	const isForbidden = outcome.kind === 'unauthorized' && outcome.statusCode === 403;
	return isForbidden
		? {
				what,
				nextStep:
					'Fill in Account ID (acct_…) in the credential: a restricted key may not ask for it.',
			}
		: { what };
}
