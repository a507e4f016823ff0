import type { RunInstancesRequest } from '@aws-sdk/client-ec2';
import { fail, invalid, missing } from '../../../kernel/errors.ts';

/** Refuses what names things that cannot exist here yet, with the code that EC2 has for a thing that does not exist. */
export function refuseWhatIsNotOffered(input: RunInstancesRequest): void {
  refuseLaunchTemplate(input.LaunchTemplate);
  refuseProfile(input.IamInstanceProfile);
  refuseMarket(input.InstanceMarketOptions);
  if (input.HibernationOptions?.Configured) {
    fail('UnsupportedHibernationConfiguration', 'Hibernation is not offered in this region.');
  }
  if (input.EnclaveOptions?.Enabled) fail('Unsupported', 'AWS Nitro Enclaves are not offered in this region.');
  const license = input.LicenseSpecifications?.[0];
  if (license !== undefined) {
    const arn = license.LicenseConfigurationArn ?? missing('LicenseSpecification.1.LicenseConfigurationArn');
    invalid(arn, 'licenseConfigurationArn', 'The license configuration does not exist.');
  }
  refuseAccelerators(input);
  if (input.Operator?.Principal !== undefined) {
    invalid(input.Operator.Principal, 'operator.principal', 'It is not a service that may manage instances here.');
  }
}

function refuseLaunchTemplate(template: RunInstancesRequest['LaunchTemplate']): void {
  if (template === undefined) return;
  const { LaunchTemplateId: id, LaunchTemplateName: name } = template;
  if (id !== undefined && name !== undefined) {
    fail(
      'InvalidParameterCombination',
      'The parameters LaunchTemplateId and LaunchTemplateName cannot be used together.',
    );
  }
  if (id !== undefined) {
    fail('InvalidLaunchTemplateId.NotFound', `The specified launch template, with template ID ${id}, does not exist.`);
  }
  fail(
    'InvalidLaunchTemplateName.NotFoundException',
    `The specified launch template, with template name ${name ?? missing('LaunchTemplate.LaunchTemplateId')}, does not exist.`,
  );
}

/** Packer sends an empty name where it means none, and EC2 takes it so. */
function refuseProfile({ Name, Arn }: NonNullable<RunInstancesRequest['IamInstanceProfile']> = {}): void {
  if (Name && Arn) {
    fail(
      'InvalidParameterCombination',
      "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'",
    );
  }
  if (Name) invalid(Name, 'iamInstanceProfile.name', 'Invalid IAM Instance Profile name');
  if (Arn) invalid(Arn, 'iamInstanceProfile.arn', 'Invalid IAM Instance Profile ARN');
}

function refuseMarket(market: RunInstancesRequest['InstanceMarketOptions']): void {
  if (market === undefined) return;
  const type = market.MarketType ?? (market.SpotOptions === undefined ? undefined : 'spot');
  if (type === undefined) missing('InstanceMarketOptions.MarketType');
  if (!['spot', 'capacity-block', 'interruptible-capacity-reservation'].includes(type)) {
    invalid(type, 'instanceMarketOptions.marketType', 'Valid values: spot, capacity-block.');
  }
  fail('Unsupported', `The market type '${type}' is not offered in this region; launch On-Demand Instances.`);
}

function refuseAccelerators(input: RunInstancesRequest): void {
  const gpu = input.ElasticGpuSpecification?.[0];
  if (gpu !== undefined) invalid(gpu.Type, 'elasticGpuSpecification.type', 'Elastic Graphics is no longer offered.');
  const accelerator = input.ElasticInferenceAccelerators?.[0];
  if (accelerator !== undefined) {
    invalid(accelerator.Type, 'elasticInferenceAccelerator.type', 'Elastic Inference is no longer offered.');
  }
  if ((input.SecondaryInterfaces ?? []).length > 0) {
    fail('Unsupported', 'Secondary interfaces are not offered in this region.');
  }
}
