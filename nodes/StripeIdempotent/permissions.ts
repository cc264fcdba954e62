import type { Permission } from '../../stripe/api/permissions';
import { describePermission } from '../../stripe/api/permissions';
import type { StripeOperation, StripeResource } from './operations/operation';

/** What a restricted key needs for an operation, its own object first. None where that depends on what is asked for. */
export function listNeeds(resource: StripeResource, operation: StripeOperation): Permission[] {
	const { needs = getOwn(resource, operation), alsoNeeds = [] } = operation;
	return [...needs, ...alsoNeeds];
}

function getOwn({ permission: name }: StripeResource, { kind, ...operation }: StripeOperation): Permission[] {
	const isGet = kind !== 'write' && !('method' in operation && operation.method === 'POST');
	return name === undefined ? [] : [{ name, access: isGet ? 'read' : 'write' }];
}

/** What a restricted key needs, in a sentence. */
export function describeNeeds(resource: StripeResource, operation: StripeOperation): string | undefined {
	const needs = listNeeds(resource, operation).map(describePermission);
	return needs.length === 0 ? undefined : `Restricted key: ${needs.join(', ')}.`;
}
