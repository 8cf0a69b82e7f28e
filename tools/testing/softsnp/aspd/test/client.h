/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vfio-user client for tests: the far end of a socketpair whose near end is
 * served by a thread, with a device around a firmware of the test's own.
 */
#ifndef ASPD_TEST_CLIENT_H
#define ASPD_TEST_CLIENT_H

#include <pthread.h>
#include <semaphore.h>

#include "../device.h"
#include "../vfu_priv.h"

/* What QEMU 11.1 sends first. */
#define CLIENT_VERSION_TEXT	\
	"{\"capabilities\":{\"max_msg_fds\":16,\"max_data_xfer_size\":1048576}}"

/* Commands of the test firmware. */
#define TEST_CMD_ECHO	0x010	/* copies 8 bytes of the buffer behind themselves */
#define TEST_CMD_SLOW	0x011	/* waits for fw_go, answers TEST_STATUS */
#define TEST_CMD_HANG	0x012	/* is never answered */
#define TEST_STATUS	0x1235

struct client {
	int sock;
	uint16_t id;
	pthread_t server;
	int server_sock;
	enum vfu_end end;
	struct dma *dma;
	struct device dev;
	sem_t fw_entered;
	sem_t fw_go;
	unsigned int fw_resets;
	unsigned int fw_running;
	struct fault_plan fw_plan;	/* of every command */
	bool fw_dead;
};

/* A reply as it came. */
struct client_reply {
	struct vfu_header h;
	uint32_t len;
	uint8_t data[VFU_PAYLOAD_MAX];
};

/* Start the server; says VERSION when @versioned. */
void client_start(struct client *c, bool versioned);
/* Hang up, wait for the server, take everything down. */
void client_stop(struct client *c);

/* Send bytes as they are, with descriptors. */
void client_send_raw(struct client *c, const void *buf, size_t len, const int *fd,
		     unsigned int nr_fds);
/* Send a command; returns its id. */
uint16_t client_send(struct client *c, uint16_t cmd, uint32_t flags, const void *payload,
		     uint32_t len, const int *fd, unsigned int nr_fds);
/* Receive one message; false when the server hung up or nothing came for 5 s. */
bool client_recv(struct client *c, struct client_reply *r);
/*
 * Send a command and receive its reply, which must carry the id and command
 * and keep the rules for sizes.  Returns 0 or the positive errno of the
 * reply; -1 when there is none or it breaks a rule.
 */
int client_call(struct client *c, uint16_t cmd, const void *payload, uint32_t len,
		const int *fd, unsigned int nr_fds, struct client_reply *r);

/* The usual accesses; -1 or an errno as above. */
int client_read(struct client *c, uint32_t region, uint64_t off, void *buf, uint32_t len);
int client_write(struct client *c, uint32_t region, uint64_t off, const void *buf, uint32_t len);
uint32_t client_reg(struct client *c, uint32_t off);
/* Posted, as QEMU writes a BAR. */
void client_set_reg(struct client *c, uint32_t off, uint32_t value);
int client_set_irqs(struct client *c, uint32_t flags, uint32_t index, uint32_t start,
		    uint32_t count, const int *fd, unsigned int nr_fds);
int client_map(struct client *c, uint64_t addr, uint64_t size, uint64_t offset, uint32_t flags,
	       int fd);
int client_unmap(struct client *c, uint64_t addr, uint64_t size, uint32_t flags);

/* Open descriptors of this process. */
unsigned int open_fds(void);
/* Does the sanitizer find memory that nothing points to? */
bool leaks(void);
/* Count of an eventfd within @timeout_ms; 0 when it was not signalled. */
uint64_t event_count(int fd, int timeout_ms);
/* A file of guest memory. */
int memory_file(uint64_t size);

#endif /* ASPD_TEST_CLIENT_H */
