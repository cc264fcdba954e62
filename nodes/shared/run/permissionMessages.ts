import type { Outcome } from '../../../ledger/model/entry';
import type { PermissionRequest } from '../../../stripe/api/permissions';
import { describePermission, findPermission, readNamedPermissions } from '../../../stripe/api/permissions';

const ADD_IT =
	'Add it in the Stripe dashboard, under Developers → API keys, and run it again. This request had no effect.';

/**
 * What to do about a 403.
 *
 * @param asked what was refused; what Stripe says of it counts more
 */
export function adviseOnPermission({ message = '' }: Partial<Outcome>, asked?: PermissionRequest): string {
	if (message.includes('not available for use by restricted keys'))
		return 'Restricted keys cannot do this. Use a secret key (sk_…) for it. This request had no effect.';
	if (message.includes('does not have any Connect permissions'))
		return `The restricted key lacks all Connect permissions, which the option Stripe Account needs. ${ADD_IT}`;
	return `The restricted key lacks ${describeMissing(message, asked)}. ${ADD_IT}`;
}

function describeMissing(message: string, asked: PermissionRequest | undefined): string {
	const named = readNamedPermissions(message);
	if (named.length > 0) return named.join(', or ');
	const permission = asked && findPermission(asked);
	return permission ? describePermission(permission) : 'a permission';
}
