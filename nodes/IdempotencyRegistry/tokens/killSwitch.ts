import type { INodeProperties } from 'n8n-workflow';

import type { KillSwitchWidth } from '../../../ledger/model/row';
import { answerDone } from '../output/result';
import { refuseFilledByModel } from '../../shared/parameters/byModel';
import { toIsoTime } from '../../shared/parameters/isoTime';
import type { RegistryItem } from '../item';
import { decidedByProperty, readDecidedBy } from './decide';
import type { RegistryOperation } from '../operation';

const reasonProperty: INodeProperties = {
	displayName: 'Reason',
	name: 'reason',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. The agent pays invoices that nobody knows',
	description: 'Why, for everybody whose payment is refused meanwhile',
};

const WIDTHS = ['tokens', 'everything'] as const;

function buildWidthProperty(action: string): INodeProperties {
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
function readWidth({ read, isTool }: RegistryItem): KillSwitchWidth {
	refuseFilledByModel('Width', read.written('width'), isTool);
	return read.choice('width', WIDTHS);
}

const killSwitchOutputs = ['done', 'refused'] as const;

/** Whoever sees a reason may pull it, a model too: it can only keep money from moving. */
export const stopOperation: RegistryOperation = {
	value: 'stop',
	name: 'Stop All',
	action: 'Stop all payments by token, or everything',
	description: 'Let nothing more be reserved or sent, until a person lifts the stop',
	outputs: killSwitchOutputs,
	properties: [buildWidthProperty('stop'), decidedByProperty, reasonProperty],
	execute: async (item) => {
		const reason = item.read.prose('reason');
		const width = readWidth(item);
		const { killSwitches: stops } = await (
			await item.openTokenRegistry()
		).stop(width, readDecidedBy(item), reason);
		const current = stops?.[width];
		return answerDone({
			outcome: 'stopped',
			width,
			nextStep: `${STOPPED_MESSAGES[width]} When it is clear what happened, a person lifts the stop.`,
			decidedBy: current?.decidedBy ?? null,
			reason: current?.reason ?? null,
			since: toIsoTime(current?.at),
		});
	},
};

export const resumeOperation: RegistryOperation = {
	value: 'resume',
	name: 'Lift the Stop',
	action: 'Lift the stop of payments by token, or of everything',
	description: 'Let what was stopped be reserved and sent again',
	humanOnly: { rule: 'The stop is lifted by a person', waits: 'is stopped' },
	outputs: killSwitchOutputs,
	properties: [buildWidthProperty('let through again')],
	execute: async (item) => {
		const chosen = readWidth(item);
		const { killSwitches: stops } = await (await item.openTokenRegistry()).resume(chosen);
		const left = WIDTHS.filter((one) => stops?.[one]);
		const nextStep = left
			.map((one) => `${STOPPED_MESSAGES[one]} That stop is lifted by itself.`)
			.join(' ');
		return answerDone({
			outcome: 'resumed',
			width: chosen,
			nextStep: nextStep || RESUMED_MESSAGES[chosen],
		});
	},
};

const STOPPED_MESSAGES: Readonly<Record<KillSwitchWidth, string>> = {
	tokens: 'Nothing is reserved or paid by token any more.',
	everything: 'Nothing that this ledger guards is sent any more.',
};

const RESUMED_MESSAGES: Readonly<Record<KillSwitchWidth, string>> = {
	tokens: 'Tokens can be reserved and used again.',
	everything: 'What this ledger guards is sent again. Run again what was stopped.',
};
