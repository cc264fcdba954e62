import type { INodeProperties } from 'n8n-workflow';

import { done } from '../departure';
import { isoTime } from '../../shared/isoTime';
import { decidedBy, decider } from './decide';
import type { Operation } from './operation';

const reason: INodeProperties = {
	displayName: 'Reason',
	name: 'reason',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. The agent pays invoices that nobody knows',
	description: 'Why, for everybody whose payment is refused meanwhile',
};

const outputs = ['done', 'refused'] as const;

/** Whoever sees a reason may pull it, a model too: it can only keep money from moving. */
export const stop: Operation = {
	value: 'stop',
	name: 'Stop All',
	action: 'Stop all payments by token',
	description: 'Reserve nothing more, and let no token be used, until a person lifts the stop',
	outputs,
	properties: [decidedBy, reason],
	execute: async (item) => {
		const why = item.read.words('reason');
		const { stop: stands } = await (await item.registry()).stop(decider(item), why);
		return done({
			outcome: 'stopped',
			nextStep:
				'Nothing is paid by token any more. When it is clear what happened, a person lifts the stop.',
			by: stands?.by ?? null,
			reason: stands?.reason ?? null,
			since: isoTime(stands?.at),
		});
	},
};

export const resume: Operation = {
	value: 'resume',
	name: 'Lift the Stop',
	action: 'Lift the stop of payments by token',
	description: 'Let tokens be reserved and used again',
	decidedByPeople: { rule: 'The stop is lifted by a person', waits: 'is stopped' },
	outputs,
	properties: [],
	execute: async (item) => {
		await (await item.registry()).resume();
		return done({ outcome: 'resumed', nextStep: 'Tokens can be reserved and used again.' });
	},
};
