import type { IExecuteFunctions } from 'n8n-workflow';
import { ApplicationError, BaseError, ExpressionError, NodeError } from 'n8n-workflow';

import type { Outcome } from '../../../ledger/model/entry';
import { InvalidKeyFieldError } from '../../../ledger/identity/key';
import { KeySecretChangedError } from '../../../ledger/identity/keySecret';
import { InvalidParamError } from '../../../ledger/model/request';
import { isUncertain } from '../../../ledger/rules/uncertainty';
import { StoreUnavailableError } from '../../../ledger/store';
import { TimeUnknownError } from '../../../ledger/clock';
import { StoppedError } from '../../../stripe/api/rateLimiter';
import { UnreadableListError } from '../../../payments/matchingCustomers';
import { UnknownSpendError } from '../../../payments/spendFacts';
import { buildNotSent } from '../../../payments/notSent';
import { TokenSecretMissingError } from '../../../ledger/tokenRegistry';
import { InvalidCredentialError } from '../../../stripe/api/credentialError';
import { redactMessage } from '../../../stripe/api/redact';
import { keyToItemError } from '../key/keyMessages';
import { ItemError } from './error';
import { getNotSentMessage } from './notSent';
import type { ItemResult, ResultDetails } from './result';
import { toItemResult } from './result';
import { OUTCOME_MESSAGES } from './outcomeMessages';

/**
 * An error of one item must not cost the others their outcomes. An error about the whole node ends the run, unless On Error lets
 * the workflow continue: n8n would then pass all items on as if they had been processed.
 *
 * @param otherwise builds the result of an unexpected error
 */
export function itemErrorToResult(
	context: IExecuteFunctions,
	error: unknown,
	otherwise: 'refused' | 'unknown' = 'refused',
): ItemResult {
	const known = knownErrorToResult(error);
	if (!known && isNodeWideError(error) && !context.continueOnFail()) throw error;
	return known ?? unforeseenErrorToResult(context, error, otherwise);
}

/** For one of several things in an item: an error must not hide what was done about the others. */
export function partErrorToResult(context: IExecuteFunctions, error: unknown): ItemResult {
	return knownErrorToResult(error) ?? unforeseenErrorToResult(context, error, 'refused');
}

function unforeseenErrorToResult(
	context: IExecuteFunctions,
	error: unknown,
	outcome: 'refused' | 'unknown',
): ItemResult {
	return toItemResult({ kind: outcome }, { message: logUnexpectedError(context, error) });
}

/** Converts any expected error to a result. Other errors are bugs and are rethrown. */
export function errorToResult(error: unknown): ItemResult {
	const result = knownErrorToResult(error);
	if (result) return result;
	throw error;
}

/** @returns undefined for an unexpected error */
export function knownErrorToResult(error: unknown): ItemResult | undefined {
	if (error instanceof PreflightError) return toItemResult(error.outcome, error.details);
	if (error instanceof InvalidKeyFieldError) return errorToResult(keyToItemError(error));
	if (error instanceof StoreUnavailableError) {
		return toItemResult(
			{ kind: 'ledger_unavailable' },
			{ message: `${OUTCOME_MESSAGES.ledger_unavailable.message({})}: ${error.reason}` },
		);
	}
	if (error instanceof TimeUnknownError)
		return toItemResult({ kind: 'unreachable', message: error.reason }, TIME_UNKNOWN);
	if (error instanceof UnknownSpendError) {
		const { message, nextStep } = error;
		return toItemResult({ kind: 'refused' }, { message: `${message}, so nothing was sent`, nextStep });
	}
	if (error instanceof UnreadableListError)
		return toItemResult({ kind: 'unreachable', message: error.message }, {});
	if (error instanceof StoppedError) {
		const outcome = buildNotSent('not_sent_cancelled');
		return toItemResult(outcome, getNotSentMessage(outcome));
	}
	if (error instanceof InvalidParamError) {
		const problem = `"${error.param}" cannot be sent as a parameter`;
		return toItemResult(
			{ kind: 'refused' },
			{ message: problem, nextStep: 'Remove it, or give it a plain value.' },
		);
	}
	if (error instanceof InvalidCredentialError) return errorToResult(credentialToItemError(error));
	if (error instanceof TokenSecretMissingError) return errorToResult(buildTokenSecretError());
	if (error instanceof KeySecretChangedError) return errorToResult(buildKeySecretError());
	if (error instanceof ExpressionError) return errorToResult(expressionToItemError(error));
	if (error instanceof ItemError) {
		const { outcome, message, nextStep, reason } = error;
		return toItemResult({ kind: outcome }, { message, nextStep, reason });
	}
	return undefined;
}

const TIME_UNKNOWN: ResultDetails = {
	message:
		'The time could not be read from Stripe, or the account that the key belongs to, so nothing was sent',
	nextStep: 'Retry later with the same item. Nothing is charged twice.',
};

/** The request of the item was not sent, because something that had to be known first could not be read. */
export class PreflightError extends Error {
	constructor(
		readonly outcome: Outcome,
		readonly details: ResultDetails,
	) {
		super('not sent');
		this.name = 'PreflightError';
	}
}

/** Returns whether a read before the send failed because Stripe has no such object. */
export function isObjectMissing(error: unknown): boolean {
	return error instanceof PreflightError && error.outcome.code === 'resource_missing';
}

/** A read before the send moved nothing, so a lost response to it leaves no uncertainty about the item. */
export function downgradeToUnreachable(outcome: Outcome): Outcome {
	return isUncertain(outcome) ? { ...outcome, kind: 'unreachable' } : outcome;
}

function expressionToItemError({ message, context }: ExpressionError): ItemError {
	const { parameter } = context;
	const where = typeof parameter === 'string' ? ` in "${parameter}"` : '';
	return new ItemError(
		`An expression${where}`,
		`cannot be evaluated: ${message}`,
		'Correct it. Check the nodes and fields that it names.',
	);
}

/** The message names ways back, and must never suggest paying old orders again. */
function buildKeySecretError(): ItemError {
	return new ItemError(
		'HMAC Secret in the credential',
		'differs from the one this ledger started with for this account, so orders already paid would look new, and nothing was sent',
		'Restore the earlier secret, or empty the field if it was empty. For a new secret choose a new ledger, which does not know earlier payments.',
		'refused',
		'key_secret_changed',
	);
}

function buildTokenSecretError(): ItemError {
	return new ItemError(
		'Tokens',
		'need a secret, and Workflow Static Data can be read by everyone who can see the workflow',
		'A person must fill in HMAC Secret in the Stripe credential, or choose a different Ledger.',
		'refused',
		'no_secret',
	);
}

function credentialToItemError({ fault }: InvalidCredentialError): ItemError {
	switch (fault) {
		case 'secret_key':
			return new ItemError(
				'Secret Key in the credential',
				'is not a valid Stripe secret key',
				'Use the key that begins with sk_live_, sk_test_, rk_live_ or rk_test_, from the Stripe dashboard under API keys.',
			);
		case 'organization_key':
			return new ItemError(
				'Secret Key in the credential',
				'is the key of an organization (sk_org_…), which covers several accounts',
				'Use the secret or restricted key of the one account that is to be charged.',
			);
		case 'other_account':
			return new ItemError(
				'Account ID in the credential',
				'is not the account that the Secret Key belongs to',
				'Correct whichever of the two is wrong. Payments recorded under a different account are not recognized, so they could be sent again.',
			);
		case 'foreign_base_url':
			return new ItemError(
				'Base URL in the credential',
				"is not Stripe's, and the key is a live one",
				'Enter https://api.stripe.com: anyone with a live key can move your money. Elsewhere use a test key.',
			);
		case 'base_url':
			return new ItemError(
				'Base URL in the credential',
				'is not safe to send a secret key to',
				'Use https and no path, e.g. https://api.stripe.com. http is allowed on this machine only.',
			);
		case 'proxy':
			return new ItemError(
				'The proxy in the environment of n8n',
				'is not a valid http or https address',
				'Correct HTTPS_PROXY or ALL_PROXY, e.g. http://proxy.example.com:3128, and restart n8n.',
			);
	}
}

/** Errors of n8n, such as a missing credential, apply to every item. */
function isNodeWideError(error: unknown): boolean {
	return [NodeError, BaseError, ApplicationError].some((kind) => error instanceof kind);
}

/** Logs an unexpected error for the administrator, and returns a message for the item. */
function logUnexpectedError(context: IExecuteFunctions, error: unknown): string {
	const message = describeUnexpectedError(error);
	context.logger.error(`${context.getNode().name}: ${message}`);
	return message;
}

function describeUnexpectedError(error: unknown): string {
	if (isTooDeep(error)) return 'The item cannot be read: a value in it is nested too deeply';
	return redactMessage(error instanceof Error ? error.message : String(error));
}

/** V8's message: n8n and JSON traverse values recursively. */
function isTooDeep(error: unknown): boolean {
	return error instanceof Error && error.message.includes('Maximum call stack size exceeded');
}
