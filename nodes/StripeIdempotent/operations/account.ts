import { buildPicker } from '../../shared/parameters/picker';
import { checkLedgerOperation } from './checkLedger';
import { findDuplicatesOperation } from './findDuplicates';
import type { ReportOperation, StripeResource } from './operation';

/** @param checkPermissions a report that knows all operations */
export const buildAccountResource = (checkPermissions: ReportOperation): StripeResource => ({
	value: 'account',
	name: 'Account',
	permission: 'connected_account',
	operations: [
		{
			kind: 'read',
			value: 'get',
			name: 'Get',
			action: 'Get an account',
			description: 'Read your own account, or one that is connected to it',
			path: (read) => {
				const id = read.optionalId('account');
				return id === undefined ? '/v1/account' : `/v1/accounts/${id}`;
			},
			properties: [
				buildPicker('account', { required: false, description: 'If empty, your own account' }),
			],
		},
		findDuplicatesOperation,
		checkLedgerOperation,
		checkPermissions,
	],
});
