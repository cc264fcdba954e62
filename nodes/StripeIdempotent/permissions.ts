import type { Permission } from '../../stripe/api/permissions';
import { describePermission } from '../../stripe/api/permissions';
import type { StripeOperation, StripeResource } from './operations/operation';

/** Returns the permissions that an operation needs, its own object first. Empty if they depend on the parameters. */
export function listNeeds(resource: StripeResource, operation: StripeOperation): Permission[] {
	const { needs = getOwn(resource, operation), alsoNeeds = [] } = operation;
	return [...needs, ...alsoNeeds];
}

function getOwn({ permission: name }: StripeResource, { kind, ...operation }: StripeOperation): Permission[] {
	const isGet = kind !== 'write' && !('method' in operation && operation.method === 'POST');
	return name === undefined ? [] : [{ name, access: isGet ? 'read' : 'write' }];
}

/** Describes the required permissions in a sentence. */
export function describeNeeds(resource: StripeResource, operation: StripeOperation): string | undefined {
	const needs = listNeeds(resource, operation).map(describePermission);
	return needs.length === 0 ? undefined : `Restricted key: ${needs.join(', ')}.`;
}
