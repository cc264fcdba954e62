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

/** The same tables, whose descriptions say what a restricted key needs. */
export function describeNeeds(resources: readonly StripeResource[]): StripeResource[] {
	return resources.map((resource) => ({
		...resource,
		operations: resource.operations.map((operation) => {
			const needs = listNeeds(resource, operation).map(describePermission);
			if (needs.length === 0) return operation;
			const { description } = operation;
			const end = description.endsWith('.') ? '' : '.';
			return { ...operation, description: `${description}${end} Restricted key: ${needs.join(', ')}.` };
		}),
	}));
}
