// The scheduled job: a registry for its image, an environment to run it in, its logs, and the alerts on them.
// docs/schedule.md explains how to put it to work.

@description('Region of all resources.')
param location string

@description('Ends names that must be unique in all of Azure.')
param suffix string

@description('Name of the identity with which the job pulls its image, and signs in to the database and the storage.')
param identityName string

@description('Resource id of the subnet in which the job runs.')
param subnetId string

@description('Image in the registry, such as paintings-dedupe:1. Empty: no job yet, since it cannot be created without its image.')
param image string

@description('When the job starts, as a cron expression, in UTC. Empty: only when something starts it.')
param cron string

@description('Options of the uploader.')
param uploaderOptions array

@description('Variables of the job, as objects with name and value.')
param variables array

@description('Address to which alerts are sent. Empty: they are in the portal only.')
param alertEmail string

var jobWanted = !empty(image)
var containerName = 'paintings-job'
// One container, once.
var once = {
  parallelism: 1
  replicaCompletionCount: 1
}
// The last line of infra/job.sh says how the job ended. If it says nothing, because there was no memory, no time or
// no image, nothing says that the job succeeded either.
var alerts = [
  {
    name: 'failed'
    description: 'dbt build or the uploader failed. The log of the job says why.'
    line: 'paintings-job failed'
    operator: 'GreaterThan'
    // Longer than between two evaluations, since a line may arrive some minutes late.
    window: 'PT1H'
    frequency: 'PT15M'
  }
  {
    name: 'silent'
    description: 'The job has not succeeded for two days.'
    line: 'paintings-job succeeded'
    operator: 'LessThanOrEqual'
    window: 'P2D'
    frequency: 'PT1H'
  }
]

// AcrPull: pull images.
var pullId = '7f951dda-4ed3-4680-a7ca-43fe172d538d'
var pull = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', pullId)

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  name: identityName
}

resource registry 'Microsoft.ContainerRegistry/registries@2025-04-01' = {
  name: 'crpaintings${suffix}'
  location: location
  sku: {
    name: 'Basic'
  }
  properties: {
    // No password: the job and people sign in with Entra ID.
    adminUserEnabled: false
  }
}

resource identityPulls 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: registry
  name: guid(registry.id, identity.id, pull)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: pull
  }
}

resource logs 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: 'log-paintings'
  location: location
  properties: {
    retentionInDays: 30
    sku: {
      name: 'PerGB2018'
    }
  }
}

resource jobsEnvironment 'Microsoft.App/managedEnvironments@2025-01-01' = {
  name: 'cae-paintings'
  location: location
  properties: {
    // By the setting below, which needs no key of the workspace.
    appLogsConfiguration: {
      destination: 'azure-monitor'
    }
    // Nothing connects to a job from outside.
    vnetConfiguration: {
      infrastructureSubnetId: subnetId
      internal: true
    }
    workloadProfiles: [
      {
        name: 'Consumption'
        workloadProfileType: 'Consumption'
      }
    ]
  }
}

resource logSetting 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: jobsEnvironment
  name: 'logs'
  properties: {
    workspaceId: logs.id
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
  }
}

resource job 'Microsoft.App/jobs@2025-01-01' = if (jobWanted) {
  name: 'job-paintings'
  location: location
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identity.id}': {}
    }
  }
  properties: {
    environmentId: jobsEnvironment.id
    workloadProfileName: 'Consumption'
    configuration: {
      triggerType: empty(cron) ? 'Manual' : 'Schedule'
      manualTriggerConfig: empty(cron) ? once : null
      scheduleTriggerConfig: empty(cron) ? null : union({ cronExpression: cron }, once)
      // In seconds: six hours. The next run does what is missing.
      replicaTimeout: 21600
      // A failure is for a person to see, not to be repeated at once.
      replicaRetryLimit: 0
      registries: [
        {
          server: registry.properties.loginServer
          identity: identity.id
        }
      ]
    }
    template: {
      containers: [
        {
          name: containerName
          image: '${registry.properties.loginServer}/${image}'
          command: ['paintings-job']
          args: uploaderOptions
          env: variables
          resources: {
            // In vCores. Bicep has no fractions.
            cpu: json('1.0')
            memory: '2Gi'
          }
        }
      ]
    }
  }
  dependsOn: [identityPulls]
}

resource mail 'Microsoft.Insights/actionGroups@2023-01-01' = if (jobWanted && !empty(alertEmail)) {
  name: 'ag-paintings'
  location: 'Global'
  properties: {
    enabled: true
    groupShortName: 'paintings'
    emailReceivers: [
      {
        name: 'owner'
        emailAddress: alertEmail
        useCommonAlertSchema: true
      }
    ]
  }
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in alerts: if (jobWanted) {
    name: 'paintings-${alert.name}'
    location: location
    properties: {
      displayName: 'paintings-job: ${alert.name}'
      description: alert.description
      severity: 1
      enabled: true
      autoMitigate: true
      scopes: [logs.id]
      evaluationFrequency: alert.frequency
      windowSize: alert.window
      // The workspace may have no such table before the first run.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: 'ContainerAppConsoleLogs | where ContainerName == "${containerName}" and Log startswith "${alert.line}"'
            timeAggregation: 'Count'
            operator: alert.operator
            threshold: 0
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: empty(alertEmail) ? [] : [mail.id]
      }
    }
  }
]

@description('Name of the registry, for az acr build.')
output registryName string = registry.name

@description('Name of the job, for az containerapp job start.')
output jobName string = 'job-paintings'
