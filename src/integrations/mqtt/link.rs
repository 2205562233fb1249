//! One connection to the broker.

use std::{future::Future, pin::Pin, time::Duration};

use rumqttc::{
    AsyncClient, Broker, ConnectionError, Event, EventLoop, LastWill, MqttOptions, Packet, PublishOptions, QoS,
    SubscribeFilterInput, SubscribeReasonCode, TlsConfiguration, Transport,
};
use tokio::{sync::mpsc, time::timeout};

use super::{super::client_tls::ClientTls, fault::BrokerFault, message::MqttMessage, options::BrokerOptions};
use crate::codec::{
    mqtt_discovery::MAX_SIZE,
    mqtt_topics::{OFFLINE, node},
};

/// Time without traffic after which the broker is asked for a sign of life; after one and a half it publishes the will.
const KEEP_ALIVE_S: u16 = 15;
/// Time for a connection to come about, TLS and CONNACK included; also for data to be taken.
const CONNECT_S: u64 = 10;
/// Longest packet taken, in bytes: a discovery message of an earlier run.
const MAX_INCOMING: usize = MAX_SIZE + 1024;
/// Packets read at once and messages kept in front of the session: memory that a broker can fill.
const READ_AHEAD: usize = 4;
/// Time for the last messages to be acknowledged.
const FAREWELL: Duration = Duration::from_secs(2);

type Task<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Event that a connection reports.
#[derive(Debug)]
pub(super) enum LinkEvent {
    /// CONNACK.
    Connected,
    /// SUBACK, and true when the broker refuses the first filter.
    Subscribed { is_command_refused: bool },
    /// A message.
    Message { topic: Vec<u8>, payload: Vec<u8>, is_retained: bool },
    /// All messages of the batch are acknowledged, or not.
    Delivered(bool),
    /// The connection is over.
    Closed(BrokerFault),
}

/// Connection, from the first try to connect on.
pub(super) struct BrokerLink {
    client: AsyncClient,
    /// Reads and writes the socket for as long as it is polled.
    driver: Task<ConnectionError>,
    incoming: mpsc::Receiver<LinkEvent>,
    batch: Option<Task<bool>>,
}

impl BrokerLink {
    /// Begins to connect.
    ///
    /// # Errors
    ///
    /// Settings that cannot be used.
    pub(super) fn open(options: &BrokerOptions) -> Result<Self, BrokerFault> {
        let input = &options.session.input;
        let mut made = mqtt_options(options, node(&input.site))?;
        made.set_last_will(LastWill::new(input.topics.availability(), OFFLINE, QoS::AtLeastOnce, true));
        Self::connect(made)
    }

    /// Begins to connect beside the running monitor, which keeps its connection.
    ///
    /// # Errors
    ///
    /// Settings that cannot be used.
    pub(super) fn open_beside(options: &BrokerOptions) -> Result<Self, BrokerFault> {
        Self::connect(mqtt_options(options, format!("{}_test", node(&options.session.input.site)))?)
    }

    fn connect(options: MqttOptions) -> Result<Self, BrokerFault> {
        let (client, mut events) = AsyncClient::builder(options)
            .unbounded()
            .try_build()
            .map_err(|e| BrokerFault::new(format_args!("{e}; check mqtt_url, mqtt_user and site")))?;
        events.network_options.set_connection_timeout(CONNECT_S);
        let (sender, incoming) = mpsc::channel(READ_AHEAD);
        Ok(Self { client, driver: Box::pin(drive(events, sender)), incoming, batch: None })
    }

    /// Waits for the next report. May be dropped at any time.
    pub(super) async fn next(&mut self) -> LinkEvent {
        let delivered = async {
            match &mut self.batch {
                Some(batch) => batch.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            is_delivered = delivered => {
                self.batch = None;
                LinkEvent::Delivered(is_delivered)
            }
            Some(event) = self.incoming.recv() => event,
            error = &mut self.driver => LinkEvent::Closed(BrokerFault::of(&error)),
        }
    }

    /// Subscribes; [`LinkEvent::Subscribed`] tells the answer for the first of `filters`.
    pub(super) fn subscribe(&self, filters: Vec<String>) {
        let filters = filters.into_iter().map(|filter| SubscribeFilterInput::new(filter, QoS::AtLeastOnce));
        // It fails where the connection is over, which is reported by itself.
        drop(self.client.try_subscribe_many(filters));
    }

    /// Takes subscriptions back.
    pub(super) fn unsubscribe(&self, filters: Vec<String>) {
        drop(self.client.try_unsubscribe_many(filters));
    }

    /// Publishes a batch; [`LinkEvent::Delivered`] says when it is acknowledged.
    pub(super) fn publish(&mut self, batch: Vec<MqttMessage>) {
        let mut notices = Vec::with_capacity(batch.len());
        for MqttMessage { topic, payload, is_retained } in batch {
            let options = PublishOptions::at_least_once().retain(is_retained);
            notices.push(self.client.try_publish_tracked(topic, payload.as_bytes(), options));
        }
        self.batch = Some(Box::pin(async move {
            for notice in notices {
                let Ok(notice) = notice else { return false };
                if notice.wait_completion_async().await.is_err() {
                    return false;
                }
            }
            true
        }));
    }

    /// Disconnects without a message.
    pub(super) async fn leave(self) {
        drop(self.client.try_disconnect_with_timeout(FAREWELL));
        drop(timeout(FAREWELL, self.driver).await);
    }

    /// Publishes `last` and disconnects, so that the broker publishes no will. Takes a few seconds at most.
    pub(super) async fn close(mut self, last: MqttMessage) {
        self.publish(vec![last]);
        drop(self.client.try_disconnect_with_timeout(FAREWELL));
        let Self { mut driver, mut incoming, .. } = self;
        let end = async {
            loop {
                tokio::select! {
                    _ = &mut driver => break,
                    // Nobody acts on messages any more, but the socket is read for the acknowledgement.
                    event = incoming.recv() => if event.is_none() { break },
                }
            }
        };
        drop(timeout(FAREWELL + Duration::from_secs(1), end).await);
    }
}

async fn drive(mut events: EventLoop, sender: mpsc::Sender<LinkEvent>) -> ConnectionError {
    loop {
        let event = match events.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => LinkEvent::Connected,
            Ok(Event::Incoming(Packet::SubAck(ack))) => {
                let is_command_refused = ack.return_codes.first() == Some(&SubscribeReasonCode::Failure);
                LinkEvent::Subscribed { is_command_refused }
            }
            Ok(Event::Incoming(Packet::Publish(message))) => LinkEvent::Message {
                topic: message.topic.to_vec(),
                payload: message.payload.to_vec(),
                is_retained: message.retain,
            },
            Ok(_) => continue,
            Err(error) => return error,
        };
        if sender.send(event).await.is_err() {
            return ConnectionError::RequestsDone;
        }
    }
}

fn mqtt_options(options: &BrokerOptions, client_id: String) -> Result<MqttOptions, BrokerFault> {
    let transport = if options.is_tls {
        let config = ClientTls::new(&options.ca_file, "mqtt_ca_file").config().map_err(BrokerFault::new)?;
        Transport::tls_with_config(TlsConfiguration::Rustls(config))
    } else {
        Transport::tcp()
    };
    let mut made = MqttOptions::new(client_id, Broker::tcp(options.host.as_str(), options.port));
    made.set_transport(transport);
    made.set_keep_alive(KEEP_ALIVE_S);
    made.set_max_packet_size(MAX_INCOMING, MAX_INCOMING);
    made.set_read_batch_size(READ_AHEAD);
    if !options.password.is_empty() {
        made.set_credentials(options.user.as_str(), options.password.clone().into_bytes());
    } else if !options.user.is_empty() {
        made.set_username(options.user.as_str());
    }
    Ok(made)
}
