import type { INodeCredentialDescription, INodeProperties } from 'n8n-workflow';

import { DEFAULT_FILE, DEFAULT_PREFIX, DEFAULT_TABLE } from './ledgerSettings';

/** Ledgers use n8n's own credentials, which users already have. The name is that of the ledger. */
export const POSTGRES = 'postgres';
export const REDIS = 'redis';

export function showForLedger(ledger: string): INodeCredentialDescription['displayOptions'] {
	return { show: { ledger: [ledger] } };
}

/** The parameters that select the ledger. */
export const ledgerProperties: INodeProperties[] = [
	{
		displayName: 'Ledger',
		name: 'ledger',
		type: 'options',
		options: [
			{
				name: 'Local File',
				value: 'localFile',
				description:
					'A file in the n8n user folder. Survives restarts and crashes. For n8n on one host.',
			},
			{
				name: 'Postgres',
				value: 'postgres',
				description:
					'A table shared by several n8n hosts. For queue mode, or if Postgres is available. Choose its credential at the top.',
			},
			{
				name: 'Redis',
				value: 'redis',
				description:
					'Keys shared by several n8n hosts. Only with a Redis that writes to disk. Choose its credential at the top.',
			},
			{
				name: 'Workflow Static Data',
				value: 'staticData',
				description: 'Inside the workflow. Only if no file can be written, with one n8n process.',
			},
		],
		default: 'localFile',
		description:
			'Where the node stores what was sent and its outcome, for far longer than the 24 hours that Stripe remembers',
	},
	{
		displayName:
			'Workflow Static Data protects less. It is lost when a run is manual, stopped or killed, does not work in queue mode or between two n8n processes, and holds only the last 500 payments. Choose Local File if you can.',
		name: 'staticDataNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { ledger: ['staticData'] } },
	},
	{
		displayName: 'Ledger File',
		name: 'ledgerFile',
		type: 'string',
		default: '',
		placeholder: 'e.g. /data/payments.sqlite',
		description: `Path of the file. If empty, ${DEFAULT_FILE} in the n8n user folder. Workflows that share a file share their entries.`,
		displayOptions: { show: { ledger: ['localFile'] } },
	},
];

/** Options, because most people never need them. */
export const ledgerOptionProperties: INodeProperties[] = [
	{
		displayName: 'Postgres Table',
		name: 'ledgerTable',
		type: 'string',
		default: DEFAULT_TABLE,
		placeholder: 'e.g. payments.ledger',
		description:
			'Table of the ledger, with its schema unless it is the default. Created automatically on first use. Workflows that share a table share their entries.',
		displayOptions: { show: { '/ledger': ['postgres'] } },
	},
	{
		displayName: 'Redis Key Prefix',
		name: 'ledgerPrefix',
		type: 'string',
		default: DEFAULT_PREFIX,
		placeholder: 'e.g. payments:',
		description:
			'Prefix of all Redis keys of the ledger. Workflows that share a prefix share their entries.',
		displayOptions: { show: { '/ledger': ['redis'] } },
	},
];
