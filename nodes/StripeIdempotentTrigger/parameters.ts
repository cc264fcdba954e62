import type { IExecuteFunctions, IHookFunctions } from 'n8n-workflow';

import { declaredBy } from '../shared/parameters/describing';
import type { InputContext } from '../shared/parameters/inputReader';
import { InputReader } from '../shared/parameters/inputReader';
import { Refusal } from '../shared/run/error';
import { jsonOf, listOf } from '../shared/parameters/values';
import { properties, RETENTION } from './description';

/** n8n's contexts of hooks and of webhooks know no items; all of them can evaluate an expression. */
type HookContext = Pick<IHookFunctions, 'getNodeParameter'> &
	Partial<Pick<IExecuteFunctions, 'evaluateExpression'>>;

/** A hook or a webhook as whoever reads parameters wants it. */
export function inputOf(context: HookContext): InputContext {
	return {
		getNodeParameter: (name, _itemIndex, otherwise, options): unknown =>
			context.getNodeParameter(name, otherwise, options),
		evaluateExpression: (expression) => context.evaluateExpression?.(expression, 0),
	};
}

export interface Parameters {
	endpoint: 'create' | 'existing';
	/** Types of events, or `*`; each once, in one order. */
	events: string[];
	connect: boolean;
	retentionMs: number;
}

const declared = declaredBy(properties);

const DAY_MS = 86_400_000;

const EVENT_TYPE = /^(?:\*|[a-z0-9_]+(?:\.[a-z0-9_]+)+)$/;

/** @throws Refusal */
export function readParameters(context: InputContext): Parameters {
	const input = new InputReader(context, 0, declared);
	const options = input.fields('options');
	return {
		endpoint: endpointOf(input.given('endpoint') ?? 'create'),
		events: eventsOf(input.given('events') ?? [], options.otherEvents),
		connect: options.connect === true,
		retentionMs: retentionOf(options.retentionDays) * DAY_MS,
	};
}

function endpointOf(given: unknown): Parameters['endpoint'] {
	if (given === 'create' || given === 'existing') return given;
	throw new Refusal('Endpoint', `is ${jsonOf(given)}`, 'Its expression must give create or existing.');
}

function eventsOf(chosen: unknown, others: unknown): string[] {
	const named = Array.isArray(chosen) ? chosen.filter((type) => typeof type === 'string') : [];
	const types = [...new Set([...named, ...listOf(others)])].sort();
	const wrong = types.find((type) => !EVENT_TYPE.test(type));
	if (wrong !== undefined) {
		throw new Refusal(
			'Events',
			`names "${wrong}"`,
			'Write types as Stripe does, e.g. payment_intent.succeeded.',
		);
	}
	if (types.length > 0) return types.includes('*') ? ['*'] : types;
	throw new Refusal('Events', 'is empty', 'Choose the events that are to start the workflow.');
}

function retentionOf(given: unknown = RETENTION.usual): number {
	const { min, max } = RETENTION;
	if (typeof given === 'number' && given >= min && given <= max) return given;
	throw new Refusal('Retention (Days)', `is ${jsonOf(given)}`, `Give a number from ${min} to ${max}.`);
}
