snp_host-y := drivers/psp/main.o
