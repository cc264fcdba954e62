import type { INodeExecutionData } from 'n8n-workflow';
import { ExpressionError } from 'n8n-workflow';

import type { Entry, Outcome } from '../../ledger/entry';
import { KeyRefusal } from '../../ledger/key';
import { ParamRefusal } from '../../ledger/request';
import { StoreUnavailable } from '../../ledger/store';
import type { ClaimDecision } from '../../ledger/transitions';
import { CredentialRefusal } from '../../stripe/connection';
import { withoutSecrets } from '../../stripe/redact';
import { refusalOfKey } from '../shared/keyParameters';
import { Refusal } from '../shared/refusal';
import type { LeavingOutcome, OutputName } from './outcomeWords';
import { OUTCOME_WORDS } from './outcomeWords';
import { simplified } from './simplified';

/** How one item leaves the node: through which output, and with what. */
export interface Departure {
	output: OutputName;
	outcome: LeavingOutcome;
	/** Stripe objects; several for a list, none for anything but a success. */
	objects: Record<string, unknown>[];
	facts: Partial<Outcome>;
	message: string;
	nextStep: string;
	entry?: Entry;
	source?: 'stripe' | 'ledger';
	replayed: boolean;
	/** Done by an earlier run, or for an earlier item of the batch: nothing was left to do for this item. */
	duplicate: boolean;
	/** Something that the reader should know although the outcome stands, e.g. that the ledger could not keep it. */
	warning?: string;
}

interface Told {
	what?: string;
	nextStep?: string;
	entry?: Entry;
	source?: 'stripe' | 'ledger';
	replayed?: boolean;
	duplicate?: boolean;
	warning?: string;
}

/** An item leaves with what is known: the outcome's words, unless better ones are told. */
export function departure(outcome: Outcome | { kind: LeavingOutcome }, told: Told = {}): Departure {
	const facts: Partial<Outcome> = 'statusCode' in outcome || 'message' in outcome ? outcome : {};
	const words = OUTCOME_WORDS[outcome.kind];
	const what = told.what ?? words.what(facts);
	const stripeSaid = facts.message?.trim();
	return {
		output: words.output,
		outcome: outcome.kind,
		objects: outcome.kind === 'succeeded' && 'body' in outcome ? [outcome.body ?? {}] : [],
		facts,
		message: stripeSaid ? `${what}: ${stripeSaid}` : what,
		nextStep: told.nextStep ?? words.nextStep(facts),
		entry: told.entry,
		source: told.source,
		replayed: told.replayed ?? false,
		duplicate: told.duplicate ?? false,
		warning: told.warning,
	};
}

/**
 * A claim that grants nothing: the ledger knows the answer, or says why there is none.
 *
 * @param run this run of the node. What one of its own earlier tries has done (Retry On Fail) is no duplicate: n8n threw
 * that try's output away
 */
export function departureOfClaim(
	claim: Exclude<ClaimDecision, { kind: 'granted' }>,
	run: string | undefined,
	isTwin: boolean,
): Departure {
	const fromLedger = { entry: claim.entry, source: 'ledger' } as const;
	switch (claim.kind) {
		case 'replay': {
			const duplicate = isTwin || claim.entry.origin.run !== run;
			return departure(claim.entry.outcome, { ...fromLedger, replayed: true, duplicate });
		}
		case 'stored_rejection':
			return departure(claim.entry.outcome, { ...fromLedger, replayed: true });
		case 'busy': {
			const until = new Date(claim.entry.leaseUntil).toISOString();
			return departure(
				{ kind: 'busy' },
				{ ...fromLedger, what: `Another run is doing this right now, at most until ${until}` },
			);
		}
		case 'conflict':
			return departure({ kind: 'conflict' }, { ...fromLedger, what: conflictWords(claim) });
		case 'blocked':
			return departure({ kind: 'blocked' }, fromLedger);
	}
}

function conflictWords({ entry, differences }: Extract<ClaimDecision, { kind: 'conflict' }>): string {
	const state = entry.state === 'succeeded' ? 'was already done' : 'was already begun';
	const listed = differences.map(({ name, stored, asked }) => `${name} was ${stored}, now it is ${asked}`);
	const changed =
		listed.length > 0 ? listed.join('; ') : 'a parameter that is not kept in the ledger has changed';
	return `The same key ${state} with other values, so nothing was sent: ${changed}`;
}

/** Whatever kept an item from being sent. Anything else is a fault of the program, and is thrown on. */
export function departureOfRefusal(error: unknown): Departure {
	const refused = departureIfRefusal(error);
	if (refused) return refused;
	throw error;
}

/** @returns undefined for what is no refusal */
export function departureIfRefusal(error: unknown): Departure | undefined {
	if (error instanceof NotSent) return departure(error.outcome, error.told);
	if (error instanceof KeyRefusal) return departureOfRefusal(refusalOfKey(error));
	if (error instanceof StoreUnavailable) {
		return departure(
			{ kind: 'ledger_unavailable' },
			{ what: `${OUTCOME_WORDS.ledger_unavailable.what({})}: ${error.reason}` },
		);
	}
	if (error instanceof ParamRefusal) {
		const what = `"${error.param}" cannot be sent as a parameter`;
		return departure({ kind: 'refused' }, { what, nextStep: 'Remove it, or give it a plain value.' });
	}
	if (error instanceof CredentialRefusal) return departureOfRefusal(refusalOfCredential(error));
	if (error instanceof ExpressionError) return departureOfRefusal(refusalOfExpression(error));
	if (error instanceof Refusal) {
		return departure({ kind: error.outcome }, { what: error.message, nextStep: error.nextStep });
	}
	return undefined;
}

/** The item's own request was not sent, because something that had to be known before could not be found out. */
export class NotSent extends Error {
	constructor(
		readonly outcome: Outcome,
		readonly told: Told,
	) {
		super('not sent');
		this.name = 'NotSent';
	}
}

function refusalOfExpression({ message, context }: ExpressionError): Refusal {
	const { parameter } = context;
	const where = typeof parameter === 'string' ? ` in "${parameter}"` : '';
	return new Refusal(
		`An expression${where}`,
		`cannot be evaluated: ${message}`,
		'Correct it: look at the nodes and fields that it names.',
	);
}

function refusalOfCredential({ fault }: CredentialRefusal): Refusal {
	switch (fault) {
		case 'secret_key':
			return new Refusal(
				'Secret Key in the credential',
				'is no secret key of Stripe',
				'Use the key that begins with sk_live_, sk_test_, rk_live_ or rk_test_, from the Stripe dashboard under API keys.',
			);
		case 'base_url':
			return new Refusal(
				'Base URL in the credential',
				'is not safe to send a secret key to',
				'Use https and no path, e.g. https://api.stripe.com. http is allowed on this machine only.',
			);
		case 'proxy':
			return new Refusal(
				'The proxy in the environment of n8n',
				'is no http or https address',
				'Correct HTTPS_PROXY or ALL_PROXY, e.g. http://proxy.example.com:3128, and restart n8n.',
			);
	}
}

/** What the item looks like when it has left. */
export function itemsOf(
	leaving: Departure,
	item: { index: number; input: INodeExecutionData; simplify: boolean; asTool: boolean; isRead: boolean },
): INodeExecutionData[] {
	const pairedItem = { item: item.index };
	const idempotency = item.isRead ? {} : { idempotency: idempotencyOf(leaving) };
	if (leaving.outcome === 'succeeded') {
		const advice =
			item.asTool && !item.isRead ? { outcome: leaving.outcome, nextStep: adviceOf(leaving) } : {};
		if (item.asTool && leaving.objects.length === 0) return [{ json: NOTHING_FOUND, pairedItem }];
		return leaving.objects.map((object) => ({
			json: {
				...advice,
				...(item.simplify ? simplified(object) : object),
				// A charge has an `outcome` of its own: a model must read ours.
				...advice,
				...idempotency,
			},
			pairedItem,
		}));
	}
	const facts = errorOf(leaving, item.index);
	if (item.asTool) {
		// Not under `error`: n8n would take that for a reason to run the tool again by itself.
		const { outcome, message, nextStep, retryable, ...details } = facts;
		return [{ json: { outcome, message, nextStep, retryable, details, ...idempotency }, pairedItem }];
	}
	const { json, binary } = item.input;
	return [
		{ json: { error: facts, input: json, ...idempotency }, ...(binary ? { binary } : {}), pairedItem },
	];
}

/** To a model an empty answer looks like a call that went wrong. */
const NOTHING_FOUND = {
	outcome: 'succeeded',
	found: 0,
	nextStep: 'Nothing was found. A search does not show objects of the last minute yet.',
};

function adviceOf({ replayed, nextStep, objects }: Departure): string {
	const id = typeof objects[0]?.id === 'string' ? ` (${objects[0].id})` : '';
	return replayed
		? `This was already done${id}; nothing was done a second time. ${nextStep}`
		: `Done${id}. ${nextStep}`;
}

function errorOf({ outcome, facts, message, nextStep }: Departure, index: number) {
	return {
		outcome,
		statusCode: facts.statusCode ?? null,
		type: facts.type ?? null,
		code: facts.code ?? null,
		declineCode: facts.declineCode ?? null,
		param: facts.param ?? null,
		// People paste keys into the wrong field, and what they gave is quoted.
		message: withoutSecrets(`[Item ${index}] ${message}`),
		requestId: facts.requestId ?? null,
		retryable: OUTCOME_WORDS[outcome].retryable,
		retryAfterSeconds: facts.retryAfterSeconds ?? null,
		nextStep,
	};
}

function idempotencyOf({ entry, facts, replayed, source, warning }: Departure) {
	const settled = entry && 'settledAt' in entry ? entry.settledAt : undefined;
	return {
		key: entry?.key ?? null,
		entryId: entry?.entryId ?? null,
		state: entry?.state ?? null,
		attempt: entry?.attempt ?? null,
		sends: entry?.sends ?? 0,
		replayed,
		source: source ?? null,
		firstSentAt: isoTime(entry?.firstSentAt),
		settledAt: isoTime(settled),
		requestId: facts.requestId ?? null,
		...(warning ? { warning } : {}),
	};
}

function isoTime(ms: number | undefined): string | null {
	return ms === undefined ? null : new Date(ms).toISOString();
}
