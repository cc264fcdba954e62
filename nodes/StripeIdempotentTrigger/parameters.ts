import type { IExecuteFunctions, IHookFunctions } from 'n8n-workflow';

import { buildCatalog } from '../shared/parameters/describing';
import type { InputContext } from '../shared/parameters/parametersOfRun';
import { InputReader } from '../shared/parameters/inputReader';
import { ItemError } from '../shared/run/error';
import { toJson, splitList } from '../shared/parameters/values';
import { triggerProperties, RETENTION } from './description';
import { expandGroup } from './events';
import { DAY_MS } from '../../ledger/clock';

/** n8n's hook and webhook contexts have no items, but can evaluate an expression. */
type HookContext = Pick<IHookFunctions, 'getNodeParameter'> &
	Partial<Pick<IExecuteFunctions, 'evaluateExpression'>>;

/** Adapts a hook or webhook context for reading parameters. */
export function toInputContext(context: HookContext): InputContext {
	return {
		getNodeParameter: (name, _itemIndex, otherwise, options): unknown =>
			context.getNodeParameter(name, otherwise, options),
		evaluateExpression: (expression) => context.evaluateExpression?.(expression, 0),
	};
}

export interface TriggerParameters {
	endpoint: 'create' | 'existing';
	/** Event types, or `*`; without duplicates, sorted. */
	events: string[];
	connect: boolean;
	retentionMs: number;
}

const triggerCatalog = buildCatalog(triggerProperties);

const EVENT_TYPE = /^(?:\*|[a-z0-9_]+(?:\.[a-z0-9_]+)+)$/;

/** @throws ItemError */
export function readParameters(context: InputContext): TriggerParameters {
	const input = new InputReader(context, 0, triggerCatalog);
	const options = input.fields('options');
	return {
		endpoint: readEndpointOption(input.value('endpoint') ?? 'create'),
		events: readEvents(input.value('events') ?? [], options.otherEvents),
		connect: options.connect === true,
		retentionMs: readRetention(options.retentionDays) * DAY_MS,
	};
}

function readEndpointOption(given: unknown): TriggerParameters['endpoint'] {
	if (given === 'create' || given === 'existing') return given;
	throw new ItemError('Endpoint', `is ${toJson(given)}`, 'Its expression must return create or existing.');
}

function readEvents(chosen: unknown, others: unknown): string[] {
	const named = Array.isArray(chosen) ? chosen.filter((type) => typeof type === 'string') : [];
	const types = [...new Set([...named, ...splitList(others)].flatMap(expandGroup))].sort();
	const wrong = types.find((type) => !EVENT_TYPE.test(type));
	if (wrong !== undefined) {
		throw new ItemError(
			'Events',
			`names "${wrong}"`,
			'Spell types as Stripe does, e.g. payment_intent.succeeded.',
		);
	}
	if (types.length > 0) return types.includes('*') ? ['*'] : types;
	throw new ItemError('Events', 'is empty', 'Choose the events that start the workflow.');
}

function readRetention(given: unknown = RETENTION.usual): number {
	const { min, max } = RETENTION;
	if (typeof given === 'number' && given >= min && given <= max) return given;
	throw new ItemError('Retention (Days)', `is ${toJson(given)}`, `Give a number from ${min} to ${max}.`);
}
