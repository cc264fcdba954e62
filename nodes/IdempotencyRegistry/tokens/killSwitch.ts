import type { INodeProperties } from 'n8n-workflow';

import type { StopWidth } from '../../../ledger/model/entry';
import { done } from '../output/result';
import { refuseByModel } from '../../shared/parameters/byModel';
import { isoTime } from '../../shared/parameters/isoTime';
import type { Item } from '../item';
import { decidedBy, decider } from './decide';
import type { Operation } from '../operation';

const reason: INodeProperties = {
	displayName: 'Reason',
	name: 'reason',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. The agent pays invoices that nobody knows',
	description: 'Why, for everybody whose payment is refused meanwhile',
};

const WIDTHS = ['tokens', 'everything'] as const;

function width(action: string): INodeProperties {
	return {
		displayName: 'Width',
		name: 'width',
		type: 'options',
		options: [
			{
				name: 'Everything',
				value: 'everything',
				description: 'Every write that this ledger guards, with a token or without',
			},
			{ name: 'Payments by Token', value: 'tokens', description: 'What agents reserve and pay' },
		],
		default: 'tokens',
		description: `How much to ${action}`,
	};
}

/** How much is stopped is a person's choice, and stands in the node. */
function readWidth({ read, asTool }: Item): StopWidth {
	refuseByModel('Width', read.written('width'), asTool);
	return read.choice('width', WIDTHS);
}

const outputs = ['done', 'refused'] as const;

/** Whoever sees a reason may pull it, a model too: it can only keep money from moving. */
export const stop: Operation = {
	value: 'stop',
	name: 'Stop All',
	action: 'Stop all payments by token, or everything',
	description: 'Let nothing more be reserved or sent, until a person lifts the stop',
	outputs,
	properties: [width('stop'), decidedBy, reason],
	execute: async (item) => {
		const why = item.read.words('reason');
		const chosen = readWidth(item);
		const { stops } = await (await item.registry()).stop(chosen, decider(item), why);
		const stands = stops?.[chosen];
		return done({
			outcome: 'stopped',
			width: chosen,
			nextStep: `${STOPPED[chosen]} When it is clear what happened, a person lifts the stop.`,
			by: stands?.by ?? null,
			reason: stands?.reason ?? null,
			since: isoTime(stands?.at),
		});
	},
};

export const resume: Operation = {
	value: 'resume',
	name: 'Lift the Stop',
	action: 'Lift the stop of payments by token, or of everything',
	description: 'Let what was stopped be reserved and sent again',
	decidedByPeople: { rule: 'The stop is lifted by a person', waits: 'is stopped' },
	outputs,
	properties: [width('let through again')],
	execute: async (item) => {
		const chosen = readWidth(item);
		const { stops } = await (await item.registry()).resume(chosen);
		const left = WIDTHS.filter((one) => stops?.[one]);
		const nextStep = left.map((one) => `${STOPPED[one]} That stop is lifted by itself.`).join(' ');
		return done({ outcome: 'resumed', width: chosen, nextStep: nextStep || RESUMED[chosen] });
	},
};

const STOPPED: Readonly<Record<StopWidth, string>> = {
	tokens: 'Nothing is reserved or paid by token any more.',
	everything: 'Nothing that this ledger guards is sent any more.',
};

const RESUMED: Readonly<Record<StopWidth, string>> = {
	tokens: 'Tokens can be reserved and used again.',
	everything: 'What this ledger guards is sent again. Run again what was stopped.',
};
