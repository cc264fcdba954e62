import type { PresentedCheck } from '../../ledger/identity/check';
import { DEFAULT_API_VERSION } from '../../stripe/api/connection';
import { AFTER_REJECTION } from '../shared/key/afterRejection';
import { readNumber } from '../shared/parameters/numberOption';
import type { InputReader } from '../shared/parameters/inputReader';
import { ParameterReader } from '../shared/parameters/parameterReader';
import { refuseFilledByModel } from '../shared/parameters/byModel';
import type { readCredential } from '../shared/stripe/credential';
import { readConnectedAccount } from '../shared/stripe/credential';
import { ItemError } from '../shared/run/error';
import type { Values } from '../shared/parameters/values';
import { isRecord, joinChoices, splitList, toJson } from '../shared/parameters/values';
import type { Cap, Caps } from './cap';
import { readApprovedCheck } from './check/itemApproval';
import { readCap } from './cap';
import { readOnlyCustomer } from '../shared/parameters/onlyCustomer';
import type { StripeNumberName } from './optionProperties';
import { STRIPE_NUMBERS, optionProperties } from './optionProperties';
import { DAY_MS } from '../../ledger/clock';

export interface Options {
	afterRejection: (typeof AFTER_REJECTION)[number];
	duplicates: 'success' | 'output';
	serverErrors: 'output' | 'throw';
	ledgerUnavailable: 'stop' | 'relyOnStripe';
	timeoutMs: number;
	maxRetries: number;
	waitForBusyMs: number;
	/** Concurrent items; undefined if the pace decides. */
	concurrency: number | undefined;
	retentionMs: number;
	/**
	 * ms after the last send before a missing result counts as not executed after the worst causes; undefined for the default.
	 */
	settleMs: number | undefined;
	storeParameters: boolean;
	stripeAccount?: string;
	apiVersion: string;
	expand: string[];
	simplify: boolean;
	requireToken: boolean;
	includeClientSecret: boolean;
	verifyNew: boolean;
	/** The only customer that may be read or changed. */
	onlyCustomer?: string;
	afterExpiry: 'return' | 'newAttempt';
	caps: Caps;
	isCheckOnly: boolean;
	/** The check with which a person approved the item; absent if no approval is required. */
	approvedCheck?: PresentedCheck;
}

/** Who runs the node, as far as n8n tells. */
export interface Caller {
	/** Whether the node is a tool, so that a model fills in its expressions. */
	isTool: boolean;
	/** Whether a model decided that it runs: as a tool, or in a workflow that it called. */
	isByModel: boolean;
}

/** @throws ItemError */
export function readOptions(
	input: InputReader,
	caller: Caller,
	{ keySecret, requireToken }: ReturnType<typeof readCredential>,
): Options {
	const isCheckOnly = readCheckOnly(input);
	const approvedCheck = readApprovedCheck(input, keySecret);
	// Thousands of items with the same options share one object.
	const chosen = input.once('options', ['options', 'simplify'], () => ({
		...readChosen(input, caller),
		isCheckOnly,
	}));
	// Items may have different credentials.
	const options = requireToken && !chosen.requireToken ? { ...chosen, requireToken } : chosen;
	return approvedCheck ? { ...options, approvedCheck } : options;
}

function readChosen(
	input: InputReader,
	{ isTool, isByModel }: Caller,
): Omit<Options, 'isCheckOnly' | 'approvedCheck'> {
	const given = input.fields('options');
	const count = (name: Exclude<StripeNumberName, 'concurrency'>) =>
		readNumber(STRIPE_NUMBERS[name], given[name]);
	const text = (name: string) => toOptionText(given[name]);
	return {
		afterRejection: readChoice(given, 'afterRejection', AFTER_REJECTION),
		duplicates: readChoice(given, 'duplicates', ['success', 'output']),
		serverErrors: readChoice(given, 'serverErrors', ['output', 'throw']),
		ledgerUnavailable: readChoice(given, 'ledgerUnavailable', ['stop', 'relyOnStripe']),
		timeoutMs: count('timeoutSeconds') * 1000,
		maxRetries: count('maxRetries'),
		waitForBusyMs: count('waitForBusySeconds') * 1000,
		concurrency: readNumber(STRIPE_NUMBERS.concurrency, given.concurrency),
		retentionMs: count('retentionDays') * DAY_MS,
		settleMs: given.settleAfterDays === undefined ? undefined : count('settleAfterDays') * DAY_MS,
		storeParameters: readChoice(given, 'storeParameters', ['true', 'false']) === 'true',
		stripeAccount: 'stripeAccount' in given ? readStripeAccount(input) : undefined,
		apiVersion: readApiVersion(text('apiVersion')),
		expand: splitList(new ParameterReader(input).optionalText('options.expand')),
		onlyCustomer: readOnlyCustomer(given),
		simplify: readSimplify(input),
		requireToken: readRequireToken(input, given, { isTool, isByModel }),
		includeClientSecret: readIncludeClientSecret(given, isTool),
		afterExpiry: readChoice(given, 'afterExpiry', ['return', 'newAttempt']),
		verifyNew: readChoice(given, 'verifyNew', ['false', 'true']) === 'true',
		caps: {
			perItem: readCap('chargeAtMostPerItem', text('chargeAtMostPerItem')),
			perRun: readRunCap(text('chargeAtMostPerRun'), isTool),
		},
	};
}

/** Null if the parameter is hidden. */
function readSimplify(input: InputReader): boolean {
	return input.value('simplify') !== null && new ParameterReader(input).flag('simplify');
}

/**
 * Selected from the list, or entered as an ID.
 *
 * @throws ItemError
 */
function readStripeAccount(input: InputReader): string | undefined {
	return readConnectedAccount(toOptionText(new ParameterReader(input).value('options.stripeAccount')));
}

/**
 * It determines the outputs, and no item may decide whether money moves.
 *
 * @throws ItemError
 */
function readCheckOnly(input: InputReader): boolean {
	const written = input.readWritten('options.checkOnly') ?? false;
	if (typeof written === 'boolean') return written;
	throw new ItemError(
		labelOf('checkOnly'),
		'is not a fixed value',
		'Switch it on or off in the editor, without an expression. To check first and charge later, use two nodes.',
	);
}

/** Reads one of `values`; the first is the default. An expression may return another value, which is refused. */
function readChoice<T extends string>(given: Values, name: string, values: readonly [T, ...T[]]): T {
	const value = toOptionText(given[name]);
	if (value === '') return values[0];
	const chosen = values.find((known) => known === value);
	if (chosen !== undefined) return chosen;
	throw new ItemError(labelOf(name), `is "${value}"`, `Its expression must return ${joinChoices(values)}.`);
}

/** A model must not switch a required token off, so if it calls the node, only a person's own "off" counts. */
function readRequireToken(input: InputReader, given: Values, { isTool, isByModel }: Caller): boolean {
	const written = input.readWritten('options.requireToken');
	refuseFilledByModel(labelOf('requireToken'), written, isTool);
	if (isByModel) return written !== false;
	return readChoice(given, 'requireToken', ['false', 'true']) === 'true';
}

/** Each call of a model is a run of its own, and a model may call as often as it likes. */
function readRunCap(text: string, isTool: boolean): Cap | undefined {
	const cap = readCap('chargeAtMostPerRun', text);
	if (!cap || !isTool) return cap;
	throw new ItemError(
		labelOf('chargeAtMostPerRun'),
		'would apply to each call of an AI agent separately, not to all of them together',
		'Use Charge at Most per Item instead. What an agent may spend in a day is limited by Idempotency Registry → Token → Reserve.',
	);
}

/** The client secret allows reading and confirming the payment. It is for the customer's browser, never for a model. */
function readIncludeClientSecret(given: Values, isTool: boolean): boolean {
	const isChosen = readChoice(given, 'includeClientSecret', ['false', 'true']) === 'true';
	if (!isChosen || !isTool) return isChosen;
	const remove = 'Remove the option here. A workflow can read the secret with Payment Intent → Get.';
	throw new ItemError(labelOf('includeClientSecret'), 'would give the secret to an AI agent', remove);
}

/** Parameters that decide whether something is paid twice, from which account, and where that is stored. */
const HUMAN_ONLY_PARAMETERS = [
	'resource',
	'operation',
	'method',
	'path',
	'chargeAtMost',
	'keySource',
	'keyFields',
	'timeZone',
	'ledger',
	'ledgerFile',
	'options',
];

/** Options that are the same for all items, whatever their expressions return. */
const WHAT_IS_WRITTEN: readonly string[] = [];

/**
 * Refuses values that a model may not choose, by the label of the parameter.
 *
 * @throws ItemError
 */
export function refuseModelChoice(input: InputReader, isTool: boolean): void {
	input.once('choices of a model', WHAT_IS_WRITTEN, () => {
		for (const name of HUMAN_ONLY_PARAMETERS) {
			const written = input.readWritten(name);
			if (!isRecord(written)) refuseFilledByModel(input.labelOf(name), written, isTool);
			else
				for (const [option, value] of Object.entries(written))
					refuseFilledByModel(labelOf(option), value, isTool);
		}
	});
}

function labelOf(name: string): string {
	const option = optionProperties.options?.find((candidate) => candidate.name === name);
	return option && 'displayName' in option ? option.displayName : name;
}

function toOptionText(value: unknown): string {
	if (typeof value === 'string') return value.trim();
	return value === undefined || value === null ? '' : toJson(value);
}

/** Any other value is not valid in a header, or is not a version. */
const API_VERSION = /^\d{4}-\d{2}-\d{2}[!-~ ]*$/;

function readApiVersion(version: string): string {
	if (version === '') return DEFAULT_API_VERSION;
	if (API_VERSION.test(version)) return version;
	throw new ItemError(
		'API Version',
		`is "${version}"`,
		`Enter it as Stripe does, e.g. ${DEFAULT_API_VERSION}.`,
	);
}
