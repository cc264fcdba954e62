import type { INodeProperties } from 'n8n-workflow';

import type { Outcome } from '../../../ledger/model/entry';
import type { Abilities, Ability } from '../../../payments/checkPermissions';
import { checkPermissions, combineAbilities } from '../../../payments/checkPermissions';
import type { Access, Permission, PermissionName } from '../../../stripe/api/permissions';
import { describePermission, PERMISSIONS } from '../../../stripe/api/permissions';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import type { Expected, NeededOperation } from '../neededOperations';
import { describeFindings, findVerdict, VERDICTS } from '../permissionVerdicts';
import type { KeyVerdict } from '../permissionVerdicts';
import type { Report, ReportOperation, ReportSource } from './operation';

const properties: INodeProperties[] = [
	{
		displayName: 'Needed For',
		name: 'neededFor',
		type: 'options',
		options: [
			{ name: 'All Operations', value: 'all', description: 'What the key can and cannot do' },
			{ name: 'Chosen Operations', value: 'operations' },
			{ name: 'Workflow', value: 'workflow', description: 'What the nodes of a workflow do' },
		],
		default: 'all',
		description: 'What the key is used for: what it can do beyond that is reported too',
	},
	{
		displayName: 'Operation Names or IDs',
		name: 'neededOperations',
		type: 'multiOptions',
		typeOptions: { loadOptionsMethod: 'listOperations' },
		default: [],
		required: true,
		description:
			'What the key is used for. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
		displayOptions: { show: { neededFor: ['operations'] } },
	},
	{
		displayName: 'Workflow (JSON)',
		name: 'workflow',
		type: 'json',
		default: '',
		required: true,
		description: 'As n8n downloads it, or as the node n8n → Workflow → Get returns it',
		displayOptions: { show: { neededFor: ['workflow'] } },
	},
];

/** @param readExpected reads what to compare with from the parameters; throws an ItemError */
export function buildCheckPermissions(readExpected: (read: ParameterReader) => Expected): ReportOperation {
	return {
		kind: 'report',
		value: 'checkPermissions',
		name: 'Check Permissions',
		action: 'Check the permissions of the key',
		description:
			'See what your Stripe key can and cannot do, and whether it can do more than is needed. Reads one object of each kind, and changes nothing.',
		needs: [],
		path: () => '/v1/account',
		prepare: (read) => {
			const expected = readExpected(read);
			return (source) => report(expected, source);
		},
		properties,
	};
}

/** One permission, as the dashboard shows it. */
interface ReportedPermission extends Record<string, unknown> {
	summary: string;
	object: 'permission';
	permission: string;
	verdict: KeyVerdict;
}

async function report(expected: Expected, { request, time }: ReportSource): Promise<Report | Outcome> {
	const abilities = await checkPermissions(request, time);
	if ('kind' in abilities) return abilities;
	const needed = listNeeded(expected.operations);
	const rows = [...abilities].map(([name, ability]) =>
		describeRow({ name, ability, access: needed.get(name), expected, abilities }),
	);
	const shown = rows.filter((row) => row !== undefined);
	const order = (row: ReportedPermission) => VERDICTS.indexOf(row.verdict);
	return {
		objects: shown.sort((a, b) => order(a) - order(b)),
		note: describeFindings(shown, {
			isRestricted: request.connection.isRestricted,
			unclear: expected.unclear,
			needs: expected.isAll
				? []
				: [...needed].map(([name, access]) => describePermission({ name, access })),
		}),
	};
}

/** The highest access that any operation needs. Write includes Read. */
function listNeeded(operations: readonly NeededOperation[]): Map<PermissionName, Access> {
	const needed = new Map<PermissionName, Access>();
	for (const { name, access } of operations.flatMap(({ needs }) => needs))
		needed.set(name, access === 'write' ? access : (needed.get(name) ?? access));
	return needed;
}

interface Row {
	name: PermissionName;
	ability: Abilities;
	access: Access | undefined;
	expected: Expected;
	abilities: ReadonlyMap<PermissionName, Abilities>;
}

function describeRow({ name, ability, access, expected, abilities }: Row): ReportedPermission | undefined {
	const { isAll, operations } = expected;
	const verdict = findVerdict(name, ability, access, isAll);
	if (verdict === undefined) return undefined;
	const own = operations.filter(({ needs: [first] }) => first?.name === name);
	const sorted = (wanted: Ability) =>
		own.filter(({ needs }) => combineAbilities(needs, abilities) === wanted).map((one) => one.name);
	const { label } = PERMISSIONS[name];
	const needs: Permission | undefined = access && { name, access };
	return {
		summary: `${label}: ${describeAbility(ability)}${VERDICT_WORDS[verdict]}`,
		object: 'permission',
		permission: label,
		stripeName: name,
		verdict,
		read: ability.read,
		write: ability.write,
		...(needs ? { needed: describePermission(needs) } : {}),
		can: sorted('yes'),
		cannot: sorted('no'),
		unknown: sorted('unknown'),
	};
}

const VERDICT_WORDS: Readonly<Record<KeyVerdict, string>> = {
	missing: ' That is too little.',
	wider: ' Nothing here needs that.',
	unknown: '',
	enough: '',
};

function describeAbility({ read, write }: Abilities): string {
	if (write === 'yes') return 'the key can read and write.';
	if (read === 'no') return 'the key can neither read nor write.';
	const writing = 'Whether it can write shows only when something is written.';
	return read === 'yes'
		? `the key can read. ${writing}`
		: 'no read shows what the key can do, or the account does not have it.';
}
