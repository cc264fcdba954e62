import { DEFAULT_API_VERSION } from '../../stripe/api/connection';
import { AFTER_REJECTION } from '../shared/key/afterRejection';
import { checkedNumber } from '../shared/parameters/numberOption';
import type { InputReader } from '../shared/parameters/inputReader';
import { refuseByModel } from '../shared/parameters/byModel';
import { Refusal } from '../shared/run/error';
import type { Values } from '../shared/parameters/values';
import { isRecord, jsonOf } from '../shared/parameters/values';
import type { Caps } from './cap';
import { readCap } from './cap';
import type { NumberName } from './optionProperties';
import { NUMBERS, optionProperties } from './optionProperties';

export interface Options {
	afterRejection: (typeof AFTER_REJECTION)[number];
	duplicates: 'success' | 'output';
	serverErrors: 'output' | 'throw';
	ledgerUnavailable: 'stop' | 'relyOnStripe';
	timeoutMs: number;
	maxRetries: number;
	waitForBusyMs: number;
	concurrency: number;
	retentionMs: number;
	/** ms after the last send until absence is believed after the worst causes of doubt; undefined for the usual time. */
	settleMs: number | undefined;
	storeParameters: boolean;
	stripeAccount?: string;
	apiVersion: string;
	expand: string[];
	simplify: boolean;
	requireToken: boolean;
	includeClientSecret: boolean;
	verifyNew: boolean;
	caps: Caps;
}

const DAY_MS = 86_400_000;

/** @throws Refusal */
export function readOptions(input: InputReader, asTool: boolean): Options {
	const given = input.fields('options');
	const count = (name: NumberName) => checkedNumber(NUMBERS[name], given[name]);
	const text = (name: string) => plainText(given[name]);
	return {
		afterRejection: choice(given, 'afterRejection', AFTER_REJECTION),
		duplicates: choice(given, 'duplicates', ['success', 'output']),
		serverErrors: choice(given, 'serverErrors', ['output', 'throw']),
		ledgerUnavailable: choice(given, 'ledgerUnavailable', ['stop', 'relyOnStripe']),
		timeoutMs: count('timeoutSeconds') * 1000,
		maxRetries: count('maxRetries'),
		waitForBusyMs: count('waitForBusySeconds') * 1000,
		concurrency: count('concurrency'),
		retentionMs: count('retentionDays') * DAY_MS,
		settleMs: given.settleAfterDays === undefined ? undefined : count('settleAfterDays') * DAY_MS,
		storeParameters: choice(given, 'storeParameters', ['true', 'false']) === 'true',
		stripeAccount: connectedAccount(text('stripeAccount')),
		apiVersion: apiVersion(text('apiVersion')),
		expand: text('expand')
			.split(',')
			.map((name) => name.trim())
			.filter(Boolean),
		simplify: given.simplify === true,
		requireToken: requiresToken(input, given, asTool),
		includeClientSecret: includesClientSecret(given, asTool),
		verifyNew: choice(given, 'verifyNew', ['false', 'true']) === 'true',
		caps: {
			perItem: readCap('chargeAtMostPerItem', text('chargeAtMostPerItem')),
			perRun: readCap('chargeAtMostPerRun', text('chargeAtMostPerRun')),
		},
	};
}

/** The first value is the default. An expression may give what the editor does not offer: then nothing is guessed. */
function choice<T extends string>(given: Values, name: string, values: readonly [T, ...T[]]): T {
	const value = plainText(given[name]);
	if (value === '') return values[0];
	const chosen = values.find((known) => known === value);
	if (chosen !== undefined) return chosen;
	throw new Refusal(labelOf(name), `is "${value}"`, `Its expression must give ${values.join(' or ')}.`);
}

/** Whoever pays only by token must not be left without one by the model: as a tool only a person's own "off" is one. */
function requiresToken(input: InputReader, given: Values, asTool: boolean): boolean {
	const written = input.written('options.requireToken');
	refuseByModel(labelOf('requireToken'), written, asTool);
	if (asTool) return written !== false;
	return choice(given, 'requireToken', ['false', 'true']) === 'true';
}

/** Whoever has it can read and confirm the payment: it is for the customer's browser, and no model's business. */
function includesClientSecret(given: Values, asTool: boolean): boolean {
	const isAsked = choice(given, 'includeClientSecret', ['false', 'true']) === 'true';
	if (!isAsked || !asTool) return isAsked;
	const remove = 'Remove the option here. A workflow can read the secret with Payment Intent → Get.';
	throw new Refusal(labelOf('includeClientSecret'), 'would hand the secret to an AI agent', remove);
}

/** What decides whether something is paid twice, from which account, and where that is remembered. */
const NOT_FOR_MODELS = [
	'resource',
	'operation',
	'method',
	'path',
	'keySource',
	'ledger',
	'ledgerFile',
	'options',
];

/** @throws Refusal for what a model may not decide, by the label of the parameter */
export function refuseModelsChoice(input: InputReader, asTool: boolean): void {
	for (const name of NOT_FOR_MODELS) {
		const written = input.written(name);
		if (!isRecord(written)) refuseByModel(input.labelOf(name), written, asTool);
		else
			for (const [option, value] of Object.entries(written))
				refuseByModel(labelOf(option), value, asTool);
	}
}

function labelOf(name: string): string {
	const option = optionProperties.options?.find((candidate) => candidate.name === name);
	return option && 'displayName' in option ? option.displayName : name;
}

function plainText(value: unknown): string {
	if (typeof value === 'string') return value.trim();
	return value === undefined || value === null ? '' : jsonOf(value);
}

/** Anything else cannot stand in a header, or is no version. */
const API_VERSION = /^\d{4}-\d{2}-\d{2}[!-~ ]*$/;

function apiVersion(version: string): string {
	if (version === '') return DEFAULT_API_VERSION;
	if (API_VERSION.test(version)) return version;
	throw new Refusal(
		'API Version',
		`is "${version}"`,
		`Write it as Stripe does, e.g. ${DEFAULT_API_VERSION}.`,
	);
}

/** The connected account to act for; none where it is empty. @throws Refusal */
export function connectedAccount(id: string): string | undefined {
	if (id === '') return undefined;
	if (/^acct_[A-Za-z0-9_]+$/.test(id)) return id;
	throw new Refusal(
		'Stripe Account',
		`is "${id}"`,
		'Give the ID of the connected account, which begins with acct_.',
	);
}
